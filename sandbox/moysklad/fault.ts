/** Faults to inject: a queue, each applied to the next requests, or notifications, it fits. */
import * as z from "zod";

const scope = {
  method: z.enum(["GET", "POST", "PUT", "DELETE"]).optional(),
  /** The beginning of the path after the base: "/entity/customerorder". */
  path: z.string().startsWith("/").optional(),
  /** Only requests with this token. */
  token: z.string().optional(),
  times: z.int().positive().optional(),
  /** Lets so many fitting requests through first. */
  skip: z.int().positive().optional(),
};
const afterCommit = z.literal(true).optional();

export const requestFault = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("timeoutBeforeCommit"), ...scope }),
  z.strictObject({ kind: z.literal("timeoutAfterCommit"), ...scope }),
  z.strictObject({ kind: z.literal("resetBeforeCommit"), ...scope }),
  z.strictObject({ kind: z.literal("resetAfterCommit"), ...scope }),
  /** With `code` the body is the vendor's JSON, without it HTML. */
  z.strictObject({
    kind: z.literal("status"),
    status: z.int().min(400).max(599),
    code: z.int().optional(),
    afterCommit,
    ...scope,
  }),
  z.strictObject({ kind: z.literal("html502"), afterCommit, ...scope }),
  /** 503 with code 1074. */
  z.strictObject({ kind: z.literal("maintenance"), ...scope }),
  /** Code 1065: somebody else was faster. Writes only. */
  z.strictObject({ kind: z.literal("conflict"), ...scope }),
  /** 1049: units; 1073: parallel requests, without a Retry-After. */
  z.strictObject({
    kind: z.literal("tooManyRequests"),
    code: z.literal([1049, 1073]).optional(),
    html: z.literal(true).optional(),
    retryAfterMs: z.int().min(0).optional(),
    ...scope,
  }),
  z.strictObject({ kind: z.literal("slow"), ms: z.int().min(0), ...scope }),
  z.strictObject({ kind: z.literal("truncatedGzip"), ...scope }),
  z.strictObject({ kind: z.literal("unreadable200"), ...scope }),
  /** The token of that very request stops being valid. */
  z.strictObject({ kind: z.literal("revokeToken"), ...scope }),
]);
export type RequestFault = z.input<typeof requestFault>;

const hookScope = { times: scope.times, skip: scope.skip };
export const hookFault = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("webhookDuplicate"), ...hookScope }),
  /** Sent after the next notification, or when everything under way is waited for. */
  z.strictObject({ kind: z.literal("webhookReorder"), ...hookScope }),
  z.strictObject({ kind: z.literal("webhookDelay"), ms: z.int().min(0), ...hookScope }),
  z.strictObject({ kind: z.literal("webhookDrop"), ...hookScope }),
  z.strictObject({ kind: z.literal("webhookWrongAccount"), accountId: z.string().optional(), ...hookScope }),
  z.strictObject({ kind: z.literal("webhookForeignHref"), base: z.url().optional(), ...hookScope }),
  z.strictObject({ kind: z.literal("webhookUnknownFields"), ...hookScope }),
]);
export type HookFault = z.input<typeof hookFault>;

export const fault = z.union([requestFault, hookFault]);
export type Fault = RequestFault | HookFault;

export interface FaultQueue {
  add(fault: Fault): void;
  clear(): void;
  pending(): Fault[];
  /** The first fault that fits the request, one use of it spent. */
  takeForRequest(method: string, path: string, token: string): RequestFault | null;
  takeForHook(): HookFault | null;
}

interface Entry<T> {
  fault: T;
  left: number;
  skip: number;
}

export function createFaultQueue(): FaultQueue {
  const requests: Entry<RequestFault>[] = [];
  const hooks: Entry<HookFault>[] = [];
  return {
    add(added) {
      const left = added.times ?? 1;
      const skip = added.skip ?? 0;
      if (isHookFault(added)) hooks.push({ fault: added, left, skip });
      else requests.push({ fault: added, left, skip });
    },
    clear() {
      requests.length = 0;
      hooks.length = 0;
    },
    pending: () => [...requests, ...hooks].map(({ fault: queued, left }) => ({ ...queued, times: left })),
    takeForRequest: (method, path, token) => take(requests, (queued) => fits(queued, method, path, token)),
    takeForHook: () => take(hooks, () => true),
  };
}

function take<T>(queue: Entry<T>[], isFit: (fault: T) => boolean): T | null {
  for (const entry of queue.filter(({ fault: queued }) => isFit(queued))) {
    if (entry.skip > 0) {
      entry.skip -= 1;
      continue;
    }
    entry.left -= 1;
    if (entry.left === 0) queue.splice(queue.indexOf(entry), 1);
    return entry.fault;
  }
  return null;
}

function fits(queued: RequestFault, method: string, path: string, token: string): boolean {
  if (queued.kind === "conflict" && method === "GET") return false;
  if (queued.method !== undefined && queued.method !== method) return false;
  if (queued.token !== undefined && queued.token !== token) return false;
  return queued.path === undefined || path.startsWith(queued.path);
}

function isHookFault(added: Fault): added is HookFault {
  return added.kind.startsWith("webhook");
}
