/** A merchant in the MoySklad sandbox and the adapter's context for it, with one clock that only the test moves. */

import { type MoyskladSettings, settings as settingsSchema } from "../../adapters/moysklad/settings.ts";
import { createMoyskladSandbox, type KnobsPatch, type MoyskladSandbox } from "../../sandbox/moysklad/index.ts";
import type { ApiContext, ApiResult } from "../../src/adapter.ts";

export const TOKEN = "0123456789abcdef0123456789abcdef01234567";
export const ACCOUNT_ID = "c0c0c0c0-1111-4222-8333-444455556666";
export const BASE_URL = "https://api.moysklad.ru/api/remap/1.2";
export const HOOK_URL = "https://bridge.example.ru/hooks/moysklad/9f2c0a";
export const STARTED_AT = Date.UTC(2026, 10, 22, 9, 30, 0);

export interface StageOptions {
  knobs?: KnobsPatch;
  /** As an operator writes them; the token is added. */
  settings?: Record<string, unknown>;
  account?: { isAdmin?: boolean; tariff?: "paid" | "free"; authKind?: "user" | "solution" };
}

export interface Stage {
  sandbox: MoyskladSandbox;
  control: MoyskladSandbox["control"];
  organizationId: string;
  /** Ids of the states, by name. */
  states: Record<"Новый" | "Подтвержден" | "Выполнен" | "Отменен", string>;
  /** The context of one run; it goes by the memory the last result left. */
  context(patch?: Partial<ApiContext<MoyskladSettings>>): ApiContext<MoyskladSettings>;
  /** Changes the settings of the runs to come. */
  configure(settings: Record<string, unknown>): void;
  /** Keeps the memory of what was done, as the core does. @throws Error when it was not done. */
  done<T extends { memory: unknown }>(result: ApiResult<T>): T;
  /** A request of the merchant's own. @throws Error when it is refused. */
  ask(method: string, path: string, body?: unknown): Promise<unknown>;
  now(): number;
  advance(ms: number): void;
  /** How long the runs have slept. */
  sleptMs(): number;
  /** Documents the bridge has, by guid. */
  documents: Map<string, unknown>;
}

export function createStage(options: StageOptions = {}): Stage {
  let at = STARTED_AT;
  let slept = 0;
  let memory: unknown;
  let settings = toSettings(options.settings);
  const documents = new Map<string, unknown>();
  const now = () => at;
  const timers: { at: number; controller: AbortController }[] = [];
  const advance = (ms: number) => {
    at += ms;
    for (const timer of timers) if (timer.at <= at) timer.controller.abort(new DOMException("timeout", "TimeoutError"));
  };
  const sandbox = createMoyskladSandbox({
    now,
    sleep: async (ms) => advance(ms),
    // Webhooks are none of these tests' business.
    send: async () => new Response(null, { status: 204 }),
    ...(options.knobs === undefined ? {} : { knobs: options.knobs }),
  });
  const { control } = sandbox;
  // People act as a user, also where the bridge comes with the token of a solution.
  control.addAccount({ token: "f".repeat(40), accountId: ACCOUNT_ID });
  control.addAccount({ token: TOKEN, accountId: ACCOUNT_ID, isAdmin: true, tariff: "paid", ...options.account });
  const organizationId = control.addOrganization({ name: "ООО «Ромашка»" });
  const states = {
    Новый: control.addState({ name: "Новый", stateType: "Regular" }),
    Подтвержден: control.addState({ name: "Подтвержден", stateType: "Regular" }),
    Выполнен: control.addState({ name: "Выполнен", stateType: "Successful" }),
    Отменен: control.addState({ name: "Отменен", stateType: "Unsuccessful" }),
  };
  return {
    sandbox,
    control,
    organizationId,
    states,
    documents,
    async ask(method, path, body) {
      const headers = {
        Authorization: `Bearer ${TOKEN}`,
        Accept: "application/json;charset=utf-8",
        "Accept-Encoding": "gzip",
        "Content-Type": "application/json",
      };
      const init = body === undefined ? {} : { body: JSON.stringify(body) };
      const response = await sandbox.fetch(new Request(BASE_URL + path, { method, headers, ...init }));
      const answer = await response.text();
      if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${answer}`);
      return answer === "" ? undefined : JSON.parse(answer);
    },
    now,
    advance,
    sleptMs: () => slept,
    configure(patch) {
      settings = toSettings({ ...options.settings, ...patch });
    },
    context: (patch = {}) => ({
      connectionId: "connection-1",
      baseUrl: BASE_URL,
      settings,
      timeZone: "Europe/Moscow",
      sinceAt: STARTED_AT,
      fetch: (request) => sandbox.fetch(request),
      now,
      random: () => 0.5,
      async sleep(ms) {
        slept += ms;
        advance(ms);
      },
      timeout(ms) {
        const controller = new AbortController();
        timers.push({ at: at + ms, controller });
        return controller.signal;
      },
      log: () => undefined,
      memory,
      isSpent: () => false,
      known: async (guids) => new Map([...documents].filter(([guid]) => guids.includes(guid))),
      knownAfter: async (after, limit) =>
        new Map(
          [...documents]
            .sort()
            .filter(([guid]) => guid > after)
            .slice(0, limit),
        ),
      ...patch,
    }),
    done(result) {
      if (result.kind !== "done") throw new Error(`not done: ${JSON.stringify(result)}`);
      memory = JSON.parse(JSON.stringify(result.value.memory));
      return result.value;
    },
  };
}

function toSettings(patch: Record<string, unknown> = {}): MoyskladSettings {
  return settingsSchema.parse({ token: TOKEN, ...patch });
}
