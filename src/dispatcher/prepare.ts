/** From a claimed deal to what will be sent for it, or to its settlement when nothing has to be sent. */
import type { DealChange } from "../calltouch/order.ts";
import { toCreateOrder, toUpdateOrder } from "../calltouch/wire.ts";
import type { ClaimedDeal, Settlement } from "../database/claims.ts";
import { type Deal, deal as dealSchema } from "../deal.ts";
import { type DealDifference, differenceOf, withoutDifference } from "../difference.ts";
import { openPersonal } from "../personal.ts";
import type { Vault } from "../vault.ts";
import type { SentDeal } from "./verdict.ts";

export type Order =
  | { step: "create"; sent: SentDeal; item: ReturnType<typeof toCreateOrder> }
  | { step: "update"; sent: SentDeal; item: ReturnType<typeof toUpdateOrder> }
  | { step: "delete"; sent: SentDeal; item: string };

export type Prepared = { kind: "send"; order: Order } | { kind: "settle"; settlement: Settlement };

export interface PrepareContext {
  vault: Vault;
  now: number;
  /** The site's zone. */
  timeZone: string;
}

export async function prepare(claimed: ClaimedDeal, context: PrepareContext): Promise<Prepared> {
  const { id, revision, delivered } = claimed;
  const wanted = sendable(claimed);
  const base = { id, revision, dueAt: context.now } as const;
  if (claimed.closed && wanted !== null) {
    const reason = "Сделка удалена в Calltouch и сама не создаётся заново";
    return { kind: "settle", settlement: { ...base, status: "dead", reasonCode: "CLOSED", reason } };
  }
  if (delivered === null) {
    if (wanted === null) return { kind: "settle", settlement: { ...base, status: "delivered" } };
    const deal = await toDeal(claimed, wanted, context.vault);
    return {
      kind: "send",
      order: { step: "create", sent: sentOf("create", wanted), item: toCreateOrder(deal, context) },
    };
  }
  if (wanted === null) {
    // Until the answer is known, nothing is: a restored deal must not be taken for the one that was delivered.
    const sent = { ...sentOf("delete", null), unaffected: {} };
    return { kind: "send", order: { step: "delete", sent, item: claimed.orderNumber } };
  }
  const difference = differenceOf(delivered, wanted);
  const reMatching = claimed.rematch ? await toReMatching(claimed, wanted, context.vault) : undefined;
  if (difference === null && reMatching === undefined) {
    return { kind: "settle", settlement: { ...base, status: "delivered", isRematched: true } };
  }
  const change = { ...(await toChange(claimed, difference ?? {}, context)), ...(reMatching && { reMatching }) };
  const unaffected = withoutDifference(delivered, difference ?? {});
  const isRematch = reMatching ? { isRematch: true as const } : {};
  const sent = { ...sentOf("update", wanted), updateAt: change.updateAt, unaffected, ...isRematch };
  return { kind: "send", order: { step: "update", sent, item: toUpdateOrder(change, context) } };

  function sentOf(step: SentDeal["step"], delivers: SentDeal["delivers"]): SentDeal {
    return { id, revision, step, delivers };
  }
}

/** Contacts that have been dropped are not compared: Calltouch keeps those it has. */
function sendable({ wanted, sealed }: ClaimedDeal): ClaimedDeal["wanted"] {
  if (wanted === null || sealed !== null) return wanted;
  const { contactsDigest: _, ...rest } = wanted;
  return rest;
}

async function toDeal(claimed: ClaimedDeal, wanted: NonNullable<ClaimedDeal["wanted"]>, vault: Vault): Promise<Deal> {
  const { contactsDigest: _, ...open } = wanted;
  const personal = await openPersonal(vault, claimed);
  return dealSchema.parse({ ...open, ...personal, orderNumber: claimed.orderNumber, orderAt: claimed.orderAt });
}

/** Nothing to look by once the contacts have been dropped. */
async function toReMatching(
  claimed: ClaimedDeal,
  { matching }: NonNullable<ClaimedDeal["wanted"]>,
  vault: Vault,
): Promise<DealChange["reMatching"]> {
  const { contacts } = await openPersonal(vault, claimed);
  return contacts.phones.length + contacts.emails.length === 0 ? undefined : { matching, contacts };
}

/** The update's date is the instant of the change, never before the last one sent and never in the future. */
async function toChange(
  claimed: ClaimedDeal,
  difference: DealDifference,
  { vault, now }: PrepareContext,
): Promise<DealChange> {
  const { contacts, ...fields } = difference;
  const updateAt = Math.min(now, Math.max(claimed.changedAt, claimed.updatedInCalltouchAt));
  const shown = contacts ? { contacts: (await openPersonal(vault, claimed)).contacts } : {};
  return { orderNumber: claimed.orderNumber, updateAt, ...fields, ...shown };
}
