/// <reference types="bun-types" />
/** The bridge as it runs in production: `src/bun.ts` as a process of its own, killed and restarted, and its words when it cannot start. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { createClient } from "@libsql/client";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Calltouch, type CalltouchDeal, createCalltouch, SITE } from "../../scripts/torture/calltouch.ts";
import { exchange } from "../../scripts/torture/erp.ts";
import { ADMIN_TOKEN, createBridgePart, createSandboxPart } from "../../scripts/torture/parts.ts";
import { cleanUp, createFolder, discardFolder, freePort, type Part, sleep } from "../../scripts/torture/processes.ts";
import { appointment } from "../adapters/alfa-auto-documents.ts";

const BUN_ENTRY = fileURLToPath(new URL("../../src/bun.ts", import.meta.url));
/** The Bun we run under, else the one on the PATH. */
const BUN = process.versions["bun"] === undefined ? "bun" : process.execPath;
/** Not what it takes but what a loaded machine may take; the lease of a killed bridge is within it. */
const MS_MAX = 90_000;
/** Each wait within a test, so that the test says what it waited for. */
const WAIT_MS_MAX = 60_000;
const POLL_MS = 50;
const EXIT_CONFIG = 78;
const GOOD_KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const OTHER_KEY = "HxwdHhsaGRgXFhUUExIREA8ODQwLCgkIBwYFBAMCAQA=";

let folder: string;
let sandbox: Part;
let calltouch: Calltouch;
const bridges: Part[] = [];

beforeEach(async () => {
  folder = createFolder();
  sandbox = await createSandboxPart(folder);
  await sandbox.start();
  calltouch = createCalltouch(sandbox.url);
  // A second create would make a second deal.
  await calltouch.prepare({ listingLagMs: 0, latencyMs: 0 });
}, MS_MAX);

afterEach(async () => {
  await Promise.all([sandbox, ...bridges.splice(0)].map((part) => part.kill()));
  discardFolder(folder);
}, MS_MAX);

afterAll(cleanUp);

describe("the bridge as a process", () => {
  it(
    "brings a posted document to Calltouch",
    async () => {
      const bridge = await startBridge();
      expect(await post(bridge, await connect(bridge), [appointment])).toEqual(["accepted"]);
      expect(await untilArrived(1)).toMatchObject([
        { orderNumber: appointment.number, status: appointment.status, revenue: "12500.50", creates: 1 },
      ]);
    },
    MS_MAX,
  );

  it(
    "killed after its answer, brings the document to Calltouch once when it runs again",
    async () => {
      const bridge = await startBridge();
      const key = await connect(bridge);
      // It lingers before it sends, so that it dies between the two.
      expect(await post(bridge, key, [appointment])).toEqual(["accepted"]);
      await bridge.kill();
      await bridge.start();
      expect(await untilArrived(1)).toMatchObject([{ orderNumber: appointment.number, creates: 1 }]);
      expect(await post(bridge, key, [appointment])).toEqual(["unchanged"]);
      await untilSettled(bridge, key, appointment.guid);
      expect(await calltouch.deals()).toMatchObject([{ orderNumber: appointment.number, creates: 1 }]);
    },
    MS_MAX,
  );

  it(
    "told to stop, first sends what it has taken, and ends with 0",
    async () => {
      const env = await toEnv();
      const { child, output, ended } = spawnBridge(env);
      const bridge = { url: `http://127.0.0.1:${env.PORT}` };
      await untilReady(bridge.url);
      expect(await post(bridge, await connect(bridge), [appointment])).toEqual(["accepted"]);
      child.kill("SIGTERM");
      expect(await ended, output()).toEqual({ code: 0, signal: null });
      expect(output()).toContain('"event":"stopping"');
      expect(await calltouch.deals()).toMatchObject([{ orderNumber: appointment.number, creates: 1 }]);
    },
    MS_MAX,
  );

  it(
    "two on one file both take documents, and bring each to Calltouch once",
    async () => {
      const [first, second] = await Promise.all([startBridge("bridge-1"), startBridge("bridge-2")]);
      const key = await connect(first);
      const other = { ...appointment, guid: "2c55a318-0002-11f1-80d6-2c44fd8322a7", number: "ПС00010197" };
      const answers = [post(first, key, [appointment]), post(second, key, [other])];
      expect(await Promise.all(answers)).toEqual([["accepted"], ["accepted"]]);
      const arrived = await untilArrived(2);
      expect(arrived.map(({ orderNumber }) => orderNumber).sort()).toEqual([appointment.number, other.number]);
      expect(arrived.map(({ creates }) => creates)).toEqual([1, 1]);
      expect([...first.crashes, ...second.crashes]).toEqual([]);
    },
    MS_MAX,
  );
});

describe("a bridge that cannot start", () => {
  it(
    "names everything that is missing or wrong at once, by name and never by value",
    async () => {
      const { ADMIN_TOKEN: _, ENCRYPTION_KEY: __, ...env } = await toEnv();
      const { output, ended } = spawnBridge({ ...env, PORT: "port-forty", CALLTOUCH_URL: "http://elsewhere.example" });
      expect(await ended, output()).toEqual({ code: EXIT_CONFIG, signal: null });
      for (const name of ["ADMIN_TOKEN", "ENCRYPTION_KEY", "PORT", "CALLTOUCH_URL"]) {
        expect(output()).toMatch(new RegExp(`^ +- ${name} `, "m"));
      }
      for (const value of ["port-forty", "elsewhere"]) expect(output()).not.toContain(value);
    },
    MS_MAX,
  );

  it.each([["ADMIN_TOKEN"], ["ENCRYPTION_KEY"]] as const)(
    "ends with 78 and names %s alone when only that is too short, without showing it",
    async (name) => {
      const { output, ended } = spawnBridge({ ...(await toEnv()), [name]: "c2hvcnQ" });
      expect(await ended, output()).toEqual({ code: EXIT_CONFIG, signal: null });
      expect([...output().matchAll(/^ +- (\w+) /gm)].map(([, named]) => named)).toEqual([name]);
      expect(output()).not.toContain("c2hvcnQ");
    },
    MS_MAX,
  );

  it(
    "says that another ENCRYPTION_KEY made its database, shows neither, and leaves the database usable",
    async () => {
      const bridge = await startBridge();
      const key = await connect(bridge);
      await bridge.kill();
      const { output, ended } = spawnBridge({ ...(await toEnv()), ENCRYPTION_KEY: OTHER_KEY });
      const { code } = await ended;
      expect(code, output()).toBe(EXIT_CONFIG);
      expect(output()).toContain("ENCRYPTION_KEY is not the key this database was made with");
      for (const secret of [OTHER_KEY, GOOD_KEY, ADMIN_TOKEN]) expect(output()).not.toContain(secret);
      await bridge.start();
      expect(await post(bridge, key, [appointment])).toEqual(["accepted"]);
    },
    MS_MAX,
  );
});

describe("a bridge that cannot go on", () => {
  it.each([
    [
      "its database cannot be opened",
      async () => ({ DATABASE_URL: "file:/proc/nowhere/bridge.db" }),
      "Cannot open the database: ",
    ],
    [
      "its server does not answer",
      async () => ({ DATABASE_URL: "http://127.0.0.1:1" }),
      "Cannot bring the database up to date: ",
    ],
    ["its port is taken", async () => ({ PORT: new URL(sandbox.url).port }), "Cannot listen: "],
  ])(
    "says in one line that %s, and ends so that a restart is tried",
    async (_, wrong, words) => {
      const { output, ended } = spawnBridge({ ...(await toEnv()), ...(await wrong()) });
      expect(await ended, output()).toEqual({ code: 1, signal: null });
      expect(output().trim().split("\n")).toEqual([expect.stringContaining(words)]);
    },
    MS_MAX,
  );

  it(
    "starts on the database of a newer version, and says that it is one",
    async () => {
      const bridge = await startBridge();
      await bridge.kill();
      const client = createClient({ url: databaseUrl() });
      await client.execute("INSERT INTO migrations (name, applied_at) VALUES ('add-tomorrow', 1)");
      client.close();
      const { output, ended, child } = spawnBridge(await toEnv());
      await untilSaid(output, '"event":"database-newer","migrations":"add-tomorrow"');
      child.kill("SIGTERM");
      expect((await ended).code, output()).toBe(0);
    },
    MS_MAX,
  );
});

const databaseUrl = () => `file:${folder}/data/bridge.db`;

async function startBridge(name = "bridge"): Promise<Part> {
  const options = { databaseUrl: databaseUrl(), calltouchUrl: sandbox.url };
  const bridge = await createBridgePart(name, folder, options);
  bridges.push(bridge);
  await bridge.start();
  return bridge;
}

async function toEnv() {
  const { PATH = "", HOME = "" } = process.env;
  return {
    PATH,
    HOME,
    ADMIN_TOKEN,
    ENCRYPTION_KEY: GOOD_KEY,
    HOST: "127.0.0.1",
    PORT: String(await freePort()),
    DATABASE_URL: databaseUrl(),
    CALLTOUCH_URL: sandbox.url,
  };
}

/** For what a part of the torture cannot tell: how the process ended, and what it said. Never outlives the test by more than MS_MAX. */
function spawnBridge(env: Record<string, string>) {
  const child = spawn(BUN, [BUN_ENTRY], { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"], timeout: MS_MAX });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
    });
  }
  const ended = once(child, "close").then(([code, signal]) => ({ code, signal }));
  return { child, ended, output: () => text };
}

async function untilSaid(output: () => string, words: string): Promise<void> {
  for (const until = Date.now() + WAIT_MS_MAX; Date.now() < until; await sleep(POLL_MS)) {
    if (output().includes(words)) return;
  }
  throw new Error(`Never said ${words}:\n${output()}`);
}

async function untilReady(url: string): Promise<void> {
  for (const until = Date.now() + WAIT_MS_MAX; Date.now() < until; await sleep(POLL_MS)) {
    const response = await fetch(`${url}/readyz`).catch(() => null);
    await response?.text();
    if (response?.ok) return;
  }
  throw new Error("The bridge did not become ready");
}

/** An account and a connection; the key for 1C. */
async function connect({ url }: Pick<Part, "url">): Promise<string> {
  const make = async (path: string, body: object): Promise<{ id: string; key?: string }> => {
    const headers = { authorization: `Bearer ${ADMIN_TOKEN}` };
    const response = await fetch(`${url}/admin${path}`, { method: "POST", headers, body: JSON.stringify(body) });
    expect(response.status).toBe(201);
    return response.json();
  };
  const account = await make("/accounts", { name: "Кабинет", ...SITE, listingLagMs: 0 });
  const since = "2020-01-01T00:00:00Z";
  const connection = { adapter: "alfa-auto", name: "Сервис", accountId: account.id, since };
  return (await make("/connections", connection)).key ?? "";
}

/** The result of each document. */
async function post({ url }: Pick<Part, "url">, key: string, documents: readonly object[]): Promise<string[]> {
  const answer = await exchange(`${url}/v1/alfa-auto/documents`, key, { documents });
  expect(answer?.status, answer?.text).toBe(200);
  const { results }: { results: { result: string }[] } = JSON.parse(answer?.text ?? "");
  return results.map(({ result }) => result);
}

async function untilArrived(count: number): Promise<CalltouchDeal[]> {
  for (const until = Date.now() + WAIT_MS_MAX; Date.now() < until; await sleep(POLL_MS)) {
    const deals = await calltouch.deals();
    if (deals.length >= count) return deals;
  }
  throw new Error(`Not all of ${count} deals arrived in Calltouch`);
}

/** Nothing is left to be sent. */
async function untilSettled({ url }: Pick<Part, "url">, key: string, guid: string): Promise<void> {
  for (const until = Date.now() + WAIT_MS_MAX; Date.now() < until; await sleep(POLL_MS)) {
    const answer = await exchange(`${url}/v1/alfa-auto/deals/status`, key, { guids: [guid] });
    if (answer?.text.includes('"status":"delivered"')) return;
  }
  throw new Error("The deal was not settled");
}
