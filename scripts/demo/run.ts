/// <reference types="bun-types" />
/** The demo itself: start both sides, post what 1C would, wait for every deal, show them. */
import * as z from "zod";
import { findDifferences, readDeals } from "./arrival.ts";
import { createSteps, type ExpectedDeal, type Step } from "./documents.ts";
import { createLeads, SITE } from "./leads.ts";
import { type Answer, postAsOneC } from "./onec.ts";
import { type RunningBridge, type RunningSandbox, startBridge, startSandbox } from "./processes.ts";
import { toTable } from "./table.ts";

const ARRIVAL_MS_MAX = 20_000;
const POLL_MS = 20;
const DAY_MS = 86_400_000;

/** @throws Error saying which answer or deal is not as it must be, or that the demo was interrupted before its end. */
export async function runDemo({ isOnce }: { isOnce: boolean }): Promise<void> {
  const interrupted = new Promise<"interrupted">((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => resolve("interrupted"));
  });
  const sandbox = startSandbox();
  let bridge: RunningBridge | undefined;
  try {
    bridge = await startBridge(sandbox.url);
    const ended = bridge.ended.then((): "ended" => "ended");
    const shown = await Promise.race([show(sandbox, bridge), interrupted, ended]);
    if (typeof shown === "string") throw new Error(shown === "ended" ? lastWords(bridge) : "interrupted");
    if (isOnce) return;
    console.log(toAddresses(sandbox.url, bridge, shown.key));
    if ((await Promise.race([interrupted, ended])) === "ended") throw new Error(lastWords(bridge));
    console.log("\nStopping …");
  } finally {
    await bridge?.stop();
    await sandbox.stop();
  }
}

function lastWords(bridge: RunningBridge): string {
  return `the bridge ended by itself. Its log:\n${bridge.log()}`;
}

async function show(sandbox: RunningSandbox, bridge: RunningBridge): Promise<{ key: string }> {
  const now = Date.now();
  sandbox.control.addSite(SITE);
  for (const lead of createLeads(now)) sandbox.control.addLead(lead);
  console.log(`Calltouch sandbox  ${sandbox.url}\nBridge             ${bridge.url}\n`);
  const key = await createConnection(bridge, now);

  const expected = new Map<string, ExpectedDeal>();
  for (const [index, step] of createSteps(now).entries()) {
    console.log(`${index + 1}. ${step.title}  (${step.auth}, ${step.encoding})`);
    const answer = await postAsOneC(bridge.url, key, step);
    console.log(toReport(step, answer));
    const answers = answer.results.map(({ result, code }) => `${result} ${code}`);
    if (answers.join() !== step.answers.join()) {
      const problem = `the bridge answered "${answers.join(", ")}", expected "${step.answers.join(", ")}"`;
      throw new Error(`${problem}\n\nThe bridge's log:\n${bridge.log()}`);
    }
    for (const deal of step.deals) expected.set(deal.orderNumber, deal);
    const ms = await untilArrived(sandbox, [...expected.values()], bridge);
    for (const { orderNumber, status, revenue } of step.deals) {
      console.log(`   → Calltouch after ${(ms / 1_000).toFixed(2)} s: ${orderNumber}, ${status}, ${revenue}`);
    }
    console.log();
  }
  const rows = readDeals(sandbox.control).map((deal) => Object.values(deal));
  console.log(`What Calltouch has now, ${rows.length} deals:\n`);
  console.log(toTable(["order", "status", "revenue", "lead", "source"], rows, [2]));
  console.log("\nEvery deal is there once, with the expected status, revenue and lead.");
  return { key };
}

/** Through the admin API, as an operator would. Returns the key for 1C. */
async function createConnection({ url, adminToken }: RunningBridge, now: number): Promise<string> {
  const post = async (path: string, body: object) => {
    const headers = { authorization: `Bearer ${adminToken}` };
    const response = await fetch(`${url}/admin${path}`, { method: "POST", headers, body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`POST /admin${path}: ${response.status} ${await response.text()}`);
    return z.object({ id: z.string(), key: z.string().default("") }).parse(await response.json());
  };
  const account = await post("/accounts", { name: "Кабинет автосервиса", ...SITE });
  const since = new Date(now - 7 * DAY_MS).toISOString();
  const connection = { adapter: "alfa-auto", name: "Альфа-Авто", accountId: account.id, since };
  return (await post("/connections", connection)).key;
}

function toReport({ documents }: Step, { httpStatus, message, results }: Answer): string {
  const lines = results.map(
    ({ index, result, message: text = "" }) =>
      `     ${documents[index]?.number.trim() ?? ""}  ${result.padEnd(9)}  ${text}`,
  );
  return [`   ${httpStatus}  ${message}`, ...lines].join("\n");
}

/** How long it took, milliseconds. */
async function untilArrived(
  { control }: RunningSandbox,
  expected: readonly ExpectedDeal[],
  bridge: RunningBridge,
): Promise<number> {
  const startedAt = performance.now();
  for (;;) {
    const ms = performance.now() - startedAt;
    const differences = findDifferences(readDeals(control), expected);
    if (differences.length === 0) return ms;
    if (ms > ARRIVAL_MS_MAX) {
      const problem = differences.map((line) => `  ${line}`).join("\n");
      throw new Error(
        `after ${ARRIVAL_MS_MAX / 1_000} s not all deals are as expected:\n${problem}\n\nThe bridge's log:\n${bridge.log()}`,
      );
    }
    await Bun.sleep(POLL_MS);
  }
}

function toAddresses(sandboxUrl: string, { url, adminToken }: RunningBridge, key: string): string {
  return `
Try it, until Ctrl+C:

  is the key good?      curl -H "Authorization: Bearer ${key}" ${url}/v1/ping
  post a document       curl -H "Authorization: Bearer ${key}" ${url}/v1/alfa-auto/documents -d '{"documents":[{"guid":"2c55a318-0099-11f1-80d6-2c44fd8322a7","type":"ЗаказНаряд","number":"ЗН1","date":"${new Date().toISOString().slice(0, 10)}","status":"В работе","amount":"1 500,00"}]}'
  what the bridge did   curl -H "Authorization: Bearer ${adminToken}" ${url}/admin/summary
  what Calltouch has    curl ${sandboxUrl}/__sandbox/deals
  make it misbehave     curl ${sandboxUrl}/__sandbox/faults -d '{"kind":"timeoutAfterCommit","path":"create"}'

  The admin token was made for this run only and goes away with the database.`;
}
