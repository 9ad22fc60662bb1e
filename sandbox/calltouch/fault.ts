/** Faults to inject: a queue, each applied to the next requests it matches. */
import * as z from "zod";

export const operation = z.enum(["create", "update", "delete", "list", "calls", "requests"]);
export type Operation = z.infer<typeof operation>;
export type Read = "list" | "calls" | "requests";

/** Whether it only reads: then it has a query instead of a body. */
export function isRead(asked: Operation): asked is Read {
  return asked === "list" || asked === "calls" || asked === "requests";
}

const scope = { path: operation.optional(), times: z.int().positive().optional() };
/** Before the commit nothing is applied; after it everything is, and only the answer is lost. Before is the default. */
const moment = { beforeCommit: z.literal(true).optional(), afterCommit: z.literal(true).optional() };

export const fault = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("timeoutAfterCommit"), ...scope }),
  z.strictObject({ kind: z.literal("timeoutBeforeCommit"), ...scope }),
  z.strictObject({
    kind: z.literal("status"),
    status: z.int().min(400).max(599),
    html: z.literal(true).optional(),
    ...moment,
    ...scope,
  }),
  z.strictObject({ kind: z.literal("html502"), ...moment, ...scope }),
  z.strictObject({ kind: z.literal("truncatedJson"), ...scope }),
  z.strictObject({ kind: z.literal("slow"), ms: z.int().min(0), ...moment, ...scope }),
  z.strictObject({ kind: z.literal("resetBeforeCommit"), ...scope }),
  z.strictObject({ kind: z.literal("resetAfterCommit"), ...scope }),
  z.strictObject({ kind: z.literal("dropItem"), ...scope }),
  z.strictObject({ kind: z.literal("reorderItems"), ...scope }),
  z.strictObject({ kind: z.literal("omitOrderNumbers"), ...scope }),
  z.strictObject({ kind: z.literal("itemError"), orderNumber: z.string(), ...scope }),
  z.strictObject({ kind: z.literal("unreadable200"), ...scope }),
]);
export type Fault = z.input<typeof fault>;

export interface FaultQueue {
  add(fault: Fault): void;
  clear(): void;
  pending(): Fault[];
  /** The first fault that fits the request, one use of it spent. */
  take(operation: Operation, orderNumbers: string[]): Fault | null;
}

export function createFaultQueue(): FaultQueue {
  let queue: { fault: Fault; left: number }[] = [];
  return {
    add: (added) => void queue.push({ fault: added, left: added.times ?? 1 }),
    clear() {
      queue = [];
    },
    pending: () => queue.map((entry) => ({ ...entry.fault, times: entry.left })),
    take(asked, orderNumbers) {
      const entry = queue.find(({ fault: queued }) => fits(queued, asked, orderNumbers));
      if (!entry) return null;
      entry.left -= 1;
      queue = queue.filter(({ left }) => left > 0);
      return entry.fault;
    },
  };
}

/** Faults of items wait for a write: a listing and a journal have none. */
function fits(queued: Fault, asked: Operation, orderNumbers: string[]): boolean {
  if (queued.path !== undefined && queued.path !== asked) return false;
  switch (queued.kind) {
    case "itemError":
      return orderNumbers.includes(queued.orderNumber);
    case "dropItem":
    case "reorderItems":
    case "omitOrderNumbers":
      return !isRead(asked);
    default:
      return true;
  }
}
