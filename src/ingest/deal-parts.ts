/** What of a folded deal is kept: the part that is compared, the part that is sealed, and the number it goes by. */
import type { DealRow } from "../database/documents.ts";
import { type Deal, deal as dealSchema, ORDER_NUMBER_LENGTH_MAX } from "../deal.ts";
import { splitDeal, type WantedDeal } from "../difference.ts";
import { hashContacts, sealPersonal } from "../personal.ts";
import type { Vault } from "../vault.ts";
import { toWallClock } from "../zone.ts";
import { errorOf, NUMBER_TAKEN, type Outcome } from "./result.ts";

/** Of one deal, which does not stop the others. */
export class DealError extends Error {
  readonly outcome: Outcome;
  constructor(outcome: Outcome, cause?: unknown) {
    super(outcome.code, { cause });
    this.outcome = outcome;
  }
}

export type Parts = Awaited<ReturnType<typeof toParts>>;

/** Some documents no longer tell their contacts: what was known of them stays known, and Calltouch is not told that they are fewer. */
export function withKnownContacts(parts: Parts, row: DealRow, known: WantedDeal | undefined): Parts {
  const digest = known?.contactsDigest;
  const wanted = digest === undefined ? parts.wanted : { ...parts.wanted, contactsDigest: digest };
  return { ...parts, wanted, contactHashes: [...new Set([...row.contactHashes, ...parts.contactHashes])].sort() };
}

/** @throws DealError when no deal can be made of it. */
export async function toParts(vault: Vault, connectionId: string, key: string, deal: Deal) {
  const parsed = dealSchema.safeParse(deal);
  if (!parsed.success) {
    const path = parsed.error.issues[0]?.path.join(".") ?? "";
    throw new DealError(errorOf("DEAL", `Из документов не складывается сделка: поле ${path}`), parsed.error);
  }
  const { wanted, personal } = splitDeal(parsed.data);
  const { phones, emails, name } = personal.contacts;
  const isShown = deal.showContacts && (phones.length > 0 || emails.length > 0 || name !== undefined);
  const [contactHashes, contactsDigest, sealed] = await Promise.all([
    hashContacts(vault, personal.contacts),
    isShown ? vault.hash(JSON.stringify(personal.contacts)) : undefined,
    sealPersonal(vault, { connectionId, key }, personal),
  ]);
  const complete: WantedDeal = { ...wanted, ...(contactsDigest === undefined ? {} : { contactsDigest }) };
  return { wanted: complete, contactHashes, sealed };
}

/**
 * The document's own number; when other deals of the site have it, with the year, then with a part of its guid. A deal
 * made anew gets another one: whether Calltouch takes the number of a deleted deal is not known.
 * @throws DealError when all are taken, or it is too long.
 */
export function numberOf(
  wanted: WantedDeal,
  key: string,
  clashCount: number,
  timeZone: string,
  reopened: number,
): string {
  const { year } = toWallClock(wanted.orderAt, timeZone);
  const number = reopened === 0 ? wanted.orderNumber : `${wanted.orderNumber}/${reopened + 1}`;
  const variant = [number, `${number}/${year}`, `${number}/${year}/${key.slice(0, 8)}`][clashCount];
  if (variant === undefined) throw new DealError(NUMBER_TAKEN);
  if (variant.length > ORDER_NUMBER_LENGTH_MAX) {
    throw new DealError(errorOf("NUMBER_TOO_LONG", "Номер документа слишком длинный для Calltouch"));
  }
  return variant;
}
