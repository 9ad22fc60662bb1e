/** Leads to be found, what the bridge has stored of attributions, and the feed as an ERP reads it. */
import * as z from "zod";
import { attribution } from "../../src/attribution/attribution.ts";
import { operations } from "../dispatcher/stage.ts";
import { type Answer, type Scene, SITE } from "../scene.ts";

/** 2026-09-12 18:00 in Moscow, half an hour before the appointments of the stage. */
export const LEAD_AT = Date.UTC(2026, 8, 12, 15);
export const PHONE = "79001234567";
export const SESSION = {
  source: "yandex",
  medium: "cpc",
  utmCampaign: "Осенняя диагностика",
  utmTerm: "ремонт подвески",
} as const;

/** A call that the appointments of the stage are matched to. */
export function addCall({ sandbox }: Pick<Scene, "sandbox">, replaced: { at?: number; session?: null } = {}): number {
  const call = { siteId: SITE.siteId, kind: "call" as const, at: LEAD_AT, phones: [PHONE], session: SESSION };
  return sandbox.control.addLead({ ...call, ...replaced });
}

export const listings = (scene: Pick<Scene, "sandbox">) =>
  operations(scene).filter((operation) => operation === "list").length;

/** Ticks and readings in turn, moving the clock a little each time, until the given time has passed. */
export async function runBoth(
  scene: Pick<Scene, "clock" | "bridge" | "idle">,
  ms: number,
  stepMs: number,
): Promise<void> {
  const until = scene.clock.now() + ms;
  while (scene.clock.now() < until) {
    await scene.bridge.tick();
    await scene.bridge.poll();
    await scene.idle();
    scene.clock.advance(stepMs);
  }
}

const stored = z.object({
  id: z.number(),
  connection_id: z.string(),
  key: z.string(),
  status: z.string(),
  rematch: z.number(),
  attribution: z
    .string()
    .transform((text): unknown => JSON.parse(text))
    .pipe(attribution)
    .nullable(),
  attribution_seq: z.number().nullable(),
  attribution_at: z.number().nullable(),
  attribution_step: z.number(),
});

export async function storedAttributions({ client }: Pick<Scene, "client">) {
  const { rows } = await client.execute("SELECT * FROM deals ORDER BY id");
  return z.array(stored).parse(rows);
}

const page = z.strictObject({
  status: z.literal("ok"),
  message: z.string(),
  requestId: z.string(),
  attributions: z.array(z.looseObject({ guid: z.string(), matched: z.boolean() })),
  cursor: z.string(),
  more: z.boolean(),
});

export const toPage = (answer: Answer) => page.parse(answer.body);

export const PATH = "/v1/alfa-auto/attributions";
export const ask = (scene: Pick<Scene, "call">, body: Record<string, unknown> = {}) => scene.call("POST", PATH, body);

/** One tick after so long, and what it has nudged. */
export async function tickAfter(scene: Scene, ms: number): Promise<void> {
  scene.clock.advance(ms);
  await scene.bridge.tick();
  await scene.bridge.poll();
  await scene.idle();
}
