/** The demo itself: start all sides, play the stories, show what Calltouch has after them. */
import { playAlfaAuto } from "./alfa-auto.ts";
import { readDeals } from "./arrival.ts";
import { type RunningBridge, startBridge } from "./bridge.ts";
import { playDalion } from "./dalion.ts";
import { playMoysklad } from "./moysklad.ts";
import { SITE as MOYSKLAD_SITE } from "./moysklad-shop.ts";
import { startCalltouch, startMoysklad } from "./sandboxes.ts";
import { createStage, type Stage } from "./stage.ts";
import { toTable } from "./table.ts";

/** @throws Error saying which answer or deal is not as it must be, or that the demo was interrupted before its end. */
export async function runDemo({ isOnce }: { isOnce: boolean }): Promise<void> {
  const interrupted = new Promise<"interrupted">((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => resolve("interrupted"));
  });
  const calltouch = startCalltouch();
  const moysklad = await startMoysklad();
  let bridge: RunningBridge | undefined;
  try {
    bridge = await startBridge(calltouch.url, moysklad.url);
    const ended = bridge.ended.then((): "ended" => "ended");
    const stage = createStage({ now: Date.now(), calltouch, moysklad, bridge });
    const shown = await Promise.race([show(stage), interrupted, ended]);
    if (typeof shown === "string") throw new Error(shown === "ended" ? lastWords(bridge) : "interrupted");
    if (isOnce) return;
    console.log(toAddresses(stage, shown.key));
    if ((await Promise.race([interrupted, ended])) === "ended") throw new Error(lastWords(bridge));
    console.log("\nStopping …");
  } finally {
    await bridge?.stop();
    await Promise.all([calltouch.stop(), moysklad.stop()]);
  }
}

function lastWords(bridge: RunningBridge): string {
  return `the bridge ended by itself. Its log:\n${bridge.log()}`;
}

async function show(stage: Stage): Promise<{ key: string }> {
  const { calltouch, moysklad, bridge } = stage;
  console.log(`Calltouch sandbox  ${calltouch.url}`);
  console.log(`MoySklad sandbox   ${moysklad.url}`);
  console.log(`Bridge             ${bridge.url}\n`);
  const { key } = await playAlfaAuto(stage);
  await playDalion(stage);
  await playMoysklad(stage);
  await stage.untilArrived([]);
  const rows = readDeals(calltouch.control).map(({ orderNumber, status, revenue, lead, source }) => [
    orderNumber,
    status,
    revenue,
    lead,
    source,
  ]);
  console.log(`What Calltouch has now, ${rows.length} deals:\n`);
  console.log(toTable(["order", "status", "revenue", "lead", "source"], rows, [2]));
  console.log("\nEvery deal is there once, with the expected status, money, funnel, tags and lead.");
  return { key };
}

function toAddresses({ calltouch, moysklad, bridge: { url, adminToken } }: Stage, key: string): string {
  const call = { siteId: MOYSKLAD_SITE.siteId, kind: "call", at: Date.now(), phones: ["79005550011"] };
  return `
Try it, until Ctrl+C:

  is the key good?      curl -H "Authorization: Bearer ${key}" ${url}/v1/ping
  post a document       curl -H "Authorization: Bearer ${key}" ${url}/v1/alfa-auto/documents -d '{"documents":[{"guid":"2c55a318-0099-11f1-80d6-2c44fd8322a7","type":"ЗаказНаряд","number":"ЗН1","date":"${new Date().toISOString().slice(0, 10)}","status":"В работе","amount":"1 500,00"}]}'
  what the bridge did   curl -H "Authorization: Bearer ${adminToken}" ${url}/admin/summary
  what Calltouch has    curl ${calltouch.controlUrl}/deals
  let somebody call     curl ${calltouch.controlUrl}/leads -d '${JSON.stringify(call)}'
  orders in MoySklad    curl ${moysklad.controlUrl}/orders
  make it misbehave     curl ${calltouch.controlUrl}/faults -d '{"kind":"timeoutAfterCommit","path":"create"}'

  The admin token was made for this run only and goes away with the database.`;
}
