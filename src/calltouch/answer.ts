/** Calltouch's verdict on each order of one request, from an envelope of which only the outline is known. */
import * as z from "zod";
import { mask } from "./mask.ts";

/** One per order sent, in the order sent. */
export type OrderAnswer =
  | { kind: "accepted"; calltouchId?: number }
  | { kind: "refused"; reason: string }
  /** Calltouch did not say what became of this order. */
  | { kind: "unclear" };

export type WriteStep = "create" | "update" | "delete";

/** Recorded answers hold `calltouchOrderId` or `error`; the echo of `orderNumber` is likely, its type is not known. */
const item = z.object({
  orderNumber: z
    .union([z.string(), z.number()])
    .nullish()
    .catch(undefined)
    .transform((echo) => (echo === null || echo === undefined || echo === "" ? undefined : String(echo))),
  calltouchOrderId: z
    .union([
      z.int().positive(),
      z
        .string()
        .regex(/^\d{1,15}$/)
        .transform(Number),
    ])
    .nullish()
    .catch(undefined),
  error: z.unknown().optional(),
});
type Item = z.infer<typeof item>;

const envelope = z.object({ data: z.object({ orders: z.array(z.unknown()) }) });

/**
 * An item belongs to the order whose number it echoes, else to the one at its place when no item contradicts that; the
 * rest is unclear. Undefined when the body is no such answer. Of delete no answer was ever seen, so any body will do.
 */
export function toOrderAnswers(
  body: unknown,
  sent: readonly string[],
  step: WriteStep,
  token: string,
): OrderAnswer[] | undefined {
  const parsed = envelope.safeParse(body);
  if (!parsed.success) return step === "delete" ? sent.map(() => ({ kind: "accepted" })) : undefined;
  const items = parsed.data.data.orders.map(toItem);
  if (step === "delete" && items.length === 0) return sent.map(() => ({ kind: "accepted" }));
  const isInPlace =
    items.length === sent.length &&
    items.every((each, index) => each?.orderNumber === undefined || each.orderNumber === sent[index]);
  return sent.map((orderNumber, index) => {
    const found = isInPlace ? items[index] : theOnly(items.filter((each) => each?.orderNumber === orderNumber));
    return found ? toOrderAnswer(found, step, token) : { kind: "unclear" };
  });
}

function toItem(value: unknown): Item | undefined {
  const named = typeof value === "string" || typeof value === "number" ? { orderNumber: value } : value;
  return item.safeParse(named).data;
}

function theOnly<T>(list: readonly T[]): T | undefined {
  return list.length === 1 ? list[0] : undefined;
}

function toOrderAnswer({ error, calltouchOrderId }: Item, step: WriteStep, token: string): OrderAnswer {
  if (!isEmpty(error)) {
    return { kind: "refused", reason: mask(typeof error === "string" ? error : JSON.stringify(error), token) };
  }
  if (typeof calltouchOrderId === "number") return { kind: "accepted", calltouchId: calltouchOrderId };
  return step === "create" ? { kind: "unclear" } : { kind: "accepted" };
}

function isEmpty(error: unknown): boolean {
  if (error === undefined || error === null || error === false || error === 0) return true;
  if (typeof error === "string") return error.trim() === "";
  return typeof error === "object" && Object.keys(error).length === 0;
}
