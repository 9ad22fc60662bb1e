/** What an ERP is told about each document it sent. */
import type { z } from "zod";
import type { Notice } from "../adapter.ts";

export interface DocumentResult {
  index: number;
  guid?: string;
  result: "accepted" | "unchanged" | "skipped" | "stale" | "error";
  code: string;
  message: string;
  /** The same document may be sent again as it is, and may fare better. */
  retry?: true;
  /** Calltouch's id of the deal, once it has one. */
  dealId?: number;
  /** The ERP shows the message to its user. */
  showMessage?: true;
}

export type Outcome = Omit<DocumentResult, "index" | "guid">;

export const ACCEPTED: Outcome = {
  result: "accepted",
  code: "ACCEPTED",
  message: "Принято, будет передано в Calltouch",
};
export const NOTHING_TO_TELL: Outcome = {
  ...ACCEPTED,
  message: "Принято, в Calltouch ничего не меняется",
};
export const UNCHANGED: Outcome = { result: "unchanged", code: "UNCHANGED", message: "Без изменений" };
export const STALE: Outcome = {
  result: "stale",
  code: "STALE",
  message: "Уже принято более новое состояние документа",
};
export const BUSY: Outcome = {
  result: "error",
  code: "TRY_LATER",
  message: "Документ одновременно меняется другим запросом. Повторите позже",
  retry: true,
};
export const INTERNAL: Outcome = {
  result: "error",
  code: "INTERNAL",
  message: "Внутренняя ошибка при обработке документа. Повторите позже",
  retry: true,
};
export const NUMBER_TAKEN: Outcome = {
  result: "error",
  code: "NUMBER_TAKEN",
  message: "Номер сделки занят другими документами этого кабинета Calltouch",
};
/** Says nothing of the other connection: that is for the administrator, who finds it in the log. */
export const GUID_TAKEN: Outcome = {
  result: "error",
  code: "GUID_TAKEN",
  message: "Этот документ уже передаётся из другого подключения. Обратитесь к администратору моста",
};

export const BEFORE_START: Notice = {
  code: "BEFORE_START",
  message: "Документ введён до начала обмена. Чтобы передать его, отправьте вручную",
};
export const DRY_RUN: Notice = {
  code: "DRY_RUN",
  message: "Пробный режим: документ принят, в Calltouch не передаётся",
};
export const AUTO_OFF: Notice = {
  code: "AUTO_OFF",
  message: "Автоматический обмен выключен: документ сохранён и ждёт ручной отправки",
};
export const NO_RULE: Notice = {
  code: "NO_RULE",
  message: "Ни одна настройка обмена не подошла: документ сохранён и ждёт подходящей настройки",
};
export const RULE_SKIP: Notice = {
  code: "RULE_SKIP",
  message: "По настройке обмена не передаётся в Calltouch",
};
export const DEAL_MOVED: Notice = {
  code: "DEAL_MOVED",
  message: "Документ вошёл в сделку своего основания, его отдельная сделка будет удалена из Calltouch",
};
/** Others still name it as their base. */
export const DEAL_MOVED_APART: Notice = {
  code: DEAL_MOVED.code,
  message: `${DEAL_MOVED.message}. Остальные её документы передайте заново с тем же основанием`,
};

export function errorOf(code: string, message: string): Outcome {
  return { result: "error", code, message };
}

/** The first thing that is wrong with a document. A schema may name its code; the others are of one kind. */
export function explain(error: z.ZodError): Outcome {
  const issue = error.issues[0];
  if (!issue) return INTERNAL;
  const code = issue.code === "custom" && typeof issue.params?.["code"] === "string" ? issue.params["code"] : "FIELD";
  return errorOf(code, issue.message.slice(0, 300));
}
