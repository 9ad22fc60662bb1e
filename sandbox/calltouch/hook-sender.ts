/** Sends webhooks, one after another, and remembers each with its answer. Nothing is sent a second time by itself. */
import * as z from "zod";
import type { Clock } from "../clock.ts";
import type { HookParameters } from "./hook.ts";

export const hookTarget = z.strictObject({
  url: z.url({ protocol: /^https?$/ }),
  method: z.enum(["GET", "POST"]),
  /** The parameters chosen in the cabinet; all of them when left out. */
  parameters: z.array(z.string()).optional(),
});
export type HookTarget = z.input<typeof hookTarget>;

export type Send = (request: Request) => Promise<Response>;

export interface SentHook {
  siteId: string;
  at: number;
  method: "GET" | "POST";
  url: string;
  parameters: HookParameters;
  /** Null while unanswered, and for good when there was no answer. */
  status: number | null;
}

export interface HookSender {
  /** In the order given. */
  send(siteId: string, target: HookTarget, hooks: readonly HookParameters[]): void;
  /** Resolves when every webhook so far has been answered or has failed. */
  sent(): Promise<void>;
  all(): SentHook[];
}

const ENTRIES_MAX = 10_000;

export function createHookSender(send: Send, clock: Clock): HookSender {
  const entries: SentHook[] = [];
  let last = Promise.resolve();

  async function deliver(siteId: string, target: HookTarget, parameters: HookParameters): Promise<void> {
    const { url, method } = target;
    const entry: SentHook = { siteId, at: clock.now(), method, url, parameters, status: null };
    if (entries.length >= ENTRIES_MAX) entries.shift();
    entries.push(entry);
    try {
      const response = await send(toRequest(target, parameters));
      await response.body?.cancel();
      entry.status = response.status;
    } catch {
      // Calltouch is not known to try again: a receiver that cannot be reached has missed it.
    }
  }

  return {
    send(siteId, target, hooks) {
      for (const hook of hooks) {
        const parameters = chosen(hook, target.parameters);
        last = last.then(() => deliver(siteId, target, parameters));
      }
    },
    sent: () => last,
    all: () => entries.map((entry) => ({ ...entry })),
  };
}

function chosen(hook: HookParameters, names: string[] | undefined): HookParameters {
  return names ? Object.fromEntries(Object.entries(hook).filter(([name]) => names.includes(name))) : hook;
}

/** GET in the query, after what the address itself has; POST as a form, without a body when there is nothing. */
function toRequest({ url, method }: HookTarget, parameters: HookParameters): Request {
  const form = new URLSearchParams(parameters);
  if (method === "POST") {
    const headers = { "Content-Type": "application/x-www-form-urlencoded" };
    return new Request(url, { method, headers, body: form.toString() });
  }
  const address = new URL(url);
  for (const [name, value] of form) address.searchParams.append(name, value);
  return new Request(address, { method });
}
