/** Why a deal of a job was not sent, in words for whoever started it. Pure. */
import type { Notice } from "../adapter.ts";
import type { FailedItem } from "../database/job-items.ts";
import { DELETED_BY_HAND } from "../dispatcher/lookup-verdict.ts";
import { BUSY, NUMBER_TAKEN } from "../ingest/result.ts";
import { NOT_IN_CALLTOUCH } from "./classify.ts";
import { NO_ACCOUNT } from "./read-window.ts";
import { NO_DOCUMENTS } from "./release.ts";

const MESSAGES: Record<string, string> = {
  [DELETED_BY_HAND.reasonCode]: DELETED_BY_HAND.reason,
  [NOT_IN_CALLTOUCH]: "Сделка передана, но в списке Calltouch её нет. Создайте её вручную по документу",
  [NO_ACCOUNT]: "Учётная запись Calltouch этой сделки удалена. Обратитесь к администратору моста",
  [NO_DOCUMENTS]: "У сделки не осталось документов. Отправьте документ ещё раз",
  [BUSY.code]: BUSY.message,
  [NUMBER_TAKEN.code]: NUMBER_TAKEN.message,
};
const UNFOLDED = "Из документов не складывается сделка. Отправьте документ вручную, чтобы узнать причину";
const SENT_SINCE: Notice = { code: "SENT_SINCE", message: "Тогда не передана, с тех пор передана" };

/** A failure of the deal itself is told as it stands now. */
export function explainFailure({ failure, status, code, message }: FailedItem): Notice {
  if (failure !== null) return { code: failure, message: MESSAGES[failure] ?? UNFOLDED };
  if (status === "delivered") return SENT_SINCE;
  return { code: code ?? "WAITING", message: message ?? "Ожидает передачи в Calltouch" };
}
