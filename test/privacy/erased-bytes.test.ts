/// <reference types="bun-types" />
/** A person who is forgotten is gone from the bytes of the database too, beside a bridge that runs as in production. */
import { execFile } from "node:child_process";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createClient } from "@libsql/client";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import * as z from "zod";
import { ADMIN_TOKEN, createBridgePart } from "../../scripts/torture/parts.ts";
import { cleanUp, createFolder, discardFolder, type Part } from "../../scripts/torture/processes.ts";
import { visit } from "../dispatcher/stage.ts";
import { ENCRYPTION_KEY } from "../scene.ts";
import { openSceneVault } from "./stage.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const isBun = process.versions["bun"] !== undefined;
const MS_MAX = 90_000;
const PHONE = "79005550147";
/** Nothing listens there: whatever is due stays due. */
const NOWHERE = "http://127.0.0.1:1";
const made = z.object({ id: z.string(), key: z.string().optional() });

describe("the bytes of the database", () => {
  let folder = "";
  let bridge: Part;

  beforeEach(async () => {
    folder = createFolder();
    bridge = await createBridgePart("bridge", folder, { databaseUrl: databaseUrl(), calltouchUrl: NOWHERE });
    await bridge.start();
  }, MS_MAX);
  afterEach(async () => {
    await bridge.kill();
    discardFolder(folder);
  }, MS_MAX);
  afterAll(cleanUp);

  const databaseUrl = () => `file:${join(folder, "bridge.db")}`;
  const bytes = () =>
    readdirSync(folder)
      .filter((name) => name.startsWith("bridge.db"))
      .map((name) => readFileSync(join(folder, name), "latin1"))
      .join("\n");

  async function send(path: string, token: string, body: object) {
    const headers = { authorization: `Bearer ${token}` };
    const answer = await fetch(`${bridge.url}${path}`, { method: "POST", headers, body: JSON.stringify(body) });
    expect(answer.ok).toBe(true);
    return answer.json();
  }

  async function connect(): Promise<string> {
    const account = made.parse(await send("/admin/accounts", ADMIN_TOKEN, { name: "К", siteId: "1", token: "t" }));
    const connection = { adapter: "alfa-auto", name: "С", accountId: account.id, since: "2020-01-01T00:00:00Z" };
    return made.parse(await send("/admin/connections", ADMIN_TOKEN, connection)).key ?? "";
  }

  /** What the person is stored as now: the hash of the phone, and every sealed text. */
  async function tracesNow(): Promise<string[]> {
    const client = createClient({ url: databaseUrl() });
    const randomBytes = (length: number) => crypto.getRandomValues(new Uint8Array(length));
    const hash = await (await openSceneVault({ client, platform: { randomBytes } })).hash(`phone:${PHONE}`);
    const { rows } = await client.execute({
      sql: `SELECT deals.sealed AS deal, documents.sealed AS document FROM deals
              JOIN documents ON documents.connection_id = deals.connection_id AND documents.deal_key = deals.key
             WHERE instr(contact_hashes, ?) > 0`,
      args: [hash],
    });
    client.close();
    return [hash, ...rows.flatMap(({ deal, document }) => [String(deal), String(document)])];
  }

  function forget(): Promise<string> {
    const { PATH = "", HOME = "" } = process.env;
    const env = { PATH, HOME, DATABASE_URL: databaseUrl(), ENCRYPTION_KEY };
    const args = ["scripts/admin.ts", "forget", "--phone", PHONE];
    return new Promise((resolve) => {
      execFile(process.execPath, args, { cwd: ROOT, env }, (_, stdout, stderr) => resolve(stdout + stderr));
    });
  }

  it.skipIf(!isBun)("are open to the bridge's own user alone", () => {
    const modes = readdirSync(folder).flatMap((name) =>
      name.startsWith("bridge.db") ? [statSync(join(folder, name)).mode & 0o077] : [],
    );
    expect(modes).toEqual([0, 0, 0]);
  });

  it.skipIf(!isBun)(
    "hold nothing of a forgotten person, neither in a row, nor between rows, nor in the log",
    async () => {
      const key = await connect();
      const traces = new Set<string>();
      // Rows that grow move, and leave behind what they were.
      for (let state = 0; state < 6; state += 1) {
        const documents = Array.from({ length: 60 }, (_, n) =>
          visit(n, {
            phones: n % 3 === 0 ? [PHONE] : [`7911${n}000000`.slice(0, 11)],
            reason: "я".repeat(state * 150),
          }),
        );
        await send("/v1/alfa-auto/documents", key, { documents });
        for (const trace of await tracesNow()) traces.add(trace);
      }
      expect(traces.size).toBeGreaterThan(200);
      const before = bytes();
      expect([...traces].filter((trace) => before.includes(trace)).length).toBeGreaterThan(40);
      expect(await forget()).toBe("Found: 20 deals, 20 documents, 0 leads\nLeft: 0 deals, 0 documents, 0 leads\n");
      const after = bytes();
      expect([...traces].filter((trace) => after.includes(trace))).toEqual([]);
      expect(bridge.crashes).toEqual([]);
    },
    MS_MAX,
  );
});
