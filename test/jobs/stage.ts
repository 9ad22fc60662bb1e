/** Jobs in a scene: started, run to their end, and what they show. */
import { expect } from "vitest";
import * as z from "zod";
import type { Bridge } from "../../src/bridge.ts";
import { createScene, type Scene, type SceneOptions, SITE } from "../scene.ts";

const view = z.object({
  state: z.string(),
  progress: z.object({
    windowsDone: z.number(),
    windowsTotal: z.number(),
    created: z.number(),
    updated: z.number(),
    attributions: z.number(),
    alreadyThere: z.number(),
    waiting: z.number(),
    failed: z.number(),
  }),
  estimate: z.record(z.string(), z.number()).optional(),
});
const failure = z.object({ guid: z.string(), code: z.string(), message: z.string() });
const answer = z.object({ message: z.string(), job: view, failed: z.array(failure), more: z.boolean().optional() });
export type JobAnswer = z.infer<typeof answer>;

export const JOBS = "/v1/alfa-auto/jobs";
/** All documents of the tests are of this month. */
export const SEPTEMBER = { from: "2026-09-01", to: "2026-09-30" };
export const ALL = ["create", "update"];

/** The automatic exchange is off: what is posted stays held until a job takes it up. */
export function createHeldScene(options: SceneOptions = {}): Promise<Scene> {
  return createScene({ ...options, account: { autoExchange: false, ...options.account } });
}

export async function start(scene: Scene, body: Record<string, unknown> = {}): Promise<string> {
  const { status, body: started, text } = await scene.call("POST", JOBS, { ...SEPTEMBER, actions: ALL, ...body });
  expect([status, text]).toEqual([200, expect.any(String)]);
  return z.string().parse(started["id"]);
}

export async function look(scene: Scene, id: string): Promise<JobAnswer> {
  const { body } = await scene.call("GET", `${JOBS}/${id}`);
  return answer.parse(body);
}

/** Runs of everything a bridge does by itself, a second apart. */
export async function work(scene: Scene, ms: number, bridge: Bridge = scene.bridge): Promise<void> {
  const until = scene.clock.now() + ms;
  while (scene.clock.now() < until) {
    await bridge.tick();
    await bridge.poll();
    await scene.idle();
    scene.clock.advance(1_000);
  }
}

/** Until the job has ended, or this long at most. */
export async function finish(scene: Scene, id: string, ms = 60_000, bridge: Bridge = scene.bridge): Promise<JobAnswer> {
  const until = scene.clock.now() + ms;
  for (;;) {
    const seen = await look(scene, id);
    if (seen.job.state !== "running" || scene.clock.now() >= until) return seen;
    await work(scene, 1_000, bridge);
  }
}

/** Makes the deal in Calltouch as another exchange of the same base would have: under the same number, through the API. */
export async function makeElsewhere(
  scene: Scene,
  orderNumber: string,
  fields: Record<string, unknown> = {},
  { siteId, token } = SITE,
) {
  const order = {
    orderNumber,
    status: "Предварительная заявка",
    statusDate: "12-09-2026 18:38:09",
    orderDate: "12-09-2026 18:38:09",
    revenue: "12500.50",
    matching: [{ type: "customSources", customSourceParams: { source: "other", medium: "crm" } }],
    ...fields,
  };
  const response = await scene.sandbox.fetch(
    new Request("https://calltouch.test/lead-service/v1/api/client-order/create", {
      method: "POST",
      headers: { "Access-Token": token, SiteId: siteId, "Content-Type": "application/json" },
      body: JSON.stringify({ crm: "1С Альфа-Авто", orders: [order] }),
    }),
  );
  expect(response.status).toBe(200);
  scene.sandbox.control.clearRequests();
}
