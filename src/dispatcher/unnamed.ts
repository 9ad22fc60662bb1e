/** Calltouch's refusal without the name and the comment it may repeat; phones and e-mails are masked where it is read. */
import type { Settlement } from "../database/claims.ts";
import type { Order } from "./prepare.ts";

/** Shorter words tell nobody apart, and the refusal must stay readable. */
const WORD = /[\p{L}\d]{4,}/gu;

export function withoutPersonalWords(settlement: Settlement, order: Order | undefined): Settlement {
  const words = new Set(textsOf(order).flatMap((text) => text.toLowerCase().match(WORD) ?? []));
  if (words.size === 0) return settlement;
  const hide = (text: string) => text.replace(WORD, (word) => (words.has(word.toLowerCase()) ? "***" : word));
  const { reason, doubt } = settlement;
  return {
    ...settlement,
    ...(reason === undefined ? {} : { reason: hide(reason) }),
    ...(doubt?.refusal === undefined ? {} : { doubt: { ...doubt, refusal: hide(doubt.refusal) } }),
  };
}

function textsOf(order: Order | undefined): string[] {
  if (!order || order.step === "delete") return [];
  const comment = order.step === "create" ? order.item.comment?.text : undefined;
  return [order.item.orderContacts?.mainContacts.fio, comment].flatMap((text) => text ?? []);
}
