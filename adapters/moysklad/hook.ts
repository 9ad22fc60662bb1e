/** What a webhook of MoySklad names. It carries no signature and no data: its ids are taken, its addresses never followed. Pure. */
import * as z from "zod";
import type { HookReading } from "../../src/adapter.ts";
import { parseMemory } from "./memory.ts";

const EVENTS_MAX = 1_000;
const KINDS: ReadonlySet<string> = new Set([
  "customerorder",
  "paymentin",
  "cashin",
  "paymentout",
  "cashout",
  "demand",
  "salesreturn",
]);
const TAIL = /^\/entity\/([a-z]+)\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/i;

const body = z.object({
  events: z
    .array(z.object({ meta: z.object({ type: z.string(), href: z.string() }), accountId: z.string() }))
    .max(EVENTS_MAX),
});

export function readHook(raw: unknown, memory: unknown): HookReading {
  const parsed = body.safeParse(raw);
  if (!parsed.success) return refused("тело не похоже на вебхук МоегоСклада");
  const { accountId, baseUrl } = parseMemory(memory);
  if (accountId === null || baseUrl === null) return refused("подключение ещё не проверено: выполните setup");
  const keys = new Set<string>();
  for (const { meta, accountId: sender } of parsed.data.events) {
    if (sender.toLowerCase() !== accountId.toLowerCase()) return refused("вебхук другой учётной записи МоегоСклада");
    if (!meta.href.startsWith(`${baseUrl}/`)) return refused("чужой адрес в вебхуке");
    const [, type, id] = TAIL.exec(meta.href.slice(baseUrl.length)) ?? [];
    if (type !== meta.type || id === undefined) return refused("чужой адрес в вебхуке");
    if (KINDS.has(type)) keys.add(`${type}:${id.toLowerCase()}`);
  }
  return { kind: "keys", keys: [...keys] };
}

/** Ids by kind, of keys that `readHook` made; others are left out. */
export function parseKeys(keys: readonly string[]): Map<string, Set<string>> {
  const kinds = new Map<string, Set<string>>();
  for (const key of keys) {
    const [kind = "", id = ""] = key.split(":");
    if (KINDS.has(kind) && z.guid().safeParse(id).success) kinds.set(kind, (kinds.get(kind) ?? new Set()).add(id));
  }
  return kinds;
}

function refused(reason: string): HookReading {
  return { kind: "refused", reason };
}
