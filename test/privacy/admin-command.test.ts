/// <reference types="bun-types" />
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { visit } from "../dispatcher/stage.ts";
import { createScene, ENCRYPTION_KEY } from "../scene.ts";
import { connect } from "../storage/connect.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const NEXT = btoa("n".repeat(32));
const COMMAND_MS_MAX = 30_000;
const isBun = process.versions["bun"] !== undefined;

describe("the admin command", () => {
  let directory = "";
  let url = "";

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "calltouch-bridge-admin-"));
    url = `file:${join(directory, "bridge.db")}`;
    const client = await connect(url);
    await (await createScene({ client })).post([visit(1), visit(2)]);
    client.close();
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  /** With nothing of this process's own environment but the way to Bun. */
  function run(args: readonly string[], env: Record<string, string> = {}): Promise<{ code: number; output: string }> {
    const own = { PATH: process.env["PATH"] ?? "", HOME: directory, DATABASE_URL: url, ENCRYPTION_KEY, ...env };

    return new Promise((resolve) => {
      execFile(process.execPath, ["scripts/admin.ts", ...args], { cwd: ROOT, env: own }, (error, stdout, stderr) => {
        resolve({ code: Number(error?.code ?? 0), output: stdout + stderr });
      });
    });
  }

  it.skipIf(!isBun)(
    "says how it is used",
    async () => {
      const help = await run(["--help"]);
      expect(help.code).toBe(0);
      expect(help.output).toContain("rotate-key");
      const wrong = [[], ["unheard-of"], ["forget"], ["forget", "--phone", "123"], ["forget", "--email", "nobody"]];
      const strange = [...wrong, ["forget", "--unheard-of"], ["rotate-key", "now"]];
      for (const { code } of await Promise.all(strange.map((args) => run(args)))) expect(code).toBe(2);
    },
    COMMAND_MS_MAX,
  );

  it.skipIf(!isBun)(
    "forgets a person, proves it, and repeats no contact in what it prints",
    async () => {
      const dry = await run(["forget", "--phone", "8 (900) 123-45-67", "--dry-run"]);
      expect(dry.code).toBe(0);
      expect(dry.output).toContain("Found: 2 deals, 2 documents, 0 leads");
      const done = await run(["forget", "--phone", "8 (900) 123-45-67", "--email", "Belozerov@example.com", "--deep"]);
      expect(done).toMatchObject({
        code: 0,
        output: "Found: 2 deals, 2 documents, 0 leads\nLeft: 0 deals, 0 documents, 0 leads\n",
      });
      const again = await run(["forget", "--email", "belozerov@example.com"]);
      expect(again).toMatchObject({
        code: 0,
        output: "Found: 0 deals, 0 documents, 0 leads\nLeft: 0 deals, 0 documents, 0 leads\n",
      });
      for (const { output } of [dry, done, again]) expect(output).not.toMatch(/123-45-67|9001234567|belozerov/i);
    },
    COMMAND_MS_MAX,
  );

  it.skipIf(!isBun)(
    "says when another process keeps the log busy, in which what was erased still stands",
    async () => {
      const reader = await connect(url);
      const transaction = await reader.transaction("read");
      await transaction.execute("SELECT * FROM deals");
      const busy = await run(["forget", "--phone", "79001234567"]);
      transaction.close();
      reader.close();
      expect(busy.code).toBe(1);
      expect(busy.output).toContain("Left: 0 deals, 0 documents, 0 leads\nThe write-ahead log is in use");
      expect((await run(["forget", "--phone", "79001234567"])).code).toBe(0);
    },
    COMMAND_MS_MAX,
  );

  it.skipIf(!isBun)(
    "rotates the key",
    async () => {
      const previous = { ENCRYPTION_KEY: NEXT, ENCRYPTION_KEY_PREVIOUS: ENCRYPTION_KEY };
      const rotated = await run(["rotate-key"], previous);
      expect(rotated.code).toBe(0);
      expect(rotated.output).toContain("Rewrapped");
      expect(await run(["rotate-key"], { ENCRYPTION_KEY: NEXT })).toMatchObject({ code: 0 });
      const refused = await run(["rotate-key"]);
      expect(refused.code).toBe(78);
      expect(refused.output.trim().split("\n")).toEqual([
        "Configuration cannot be used:",
        "  - ENCRYPTION_KEY is not the key this database was made with",
      ]);
    },
    COMMAND_MS_MAX,
  );

  it.skipIf(!isBun)(
    "makes no database and touches none that is not up to date",
    async () => {
      const missing = await run(["rotate-key"], { DATABASE_URL: `file:${join(directory, "missing.db")}` });
      expect(missing.code).toBe(78);
      expect(missing.output).toContain("does not exist");
      const client = await connect(url);
      await client.execute("DELETE FROM migrations WHERE name = 'add-retention'");
      client.close();
      const old = await run(["forget", "--phone", "79001234567"]);
      expect(old.code).toBe(78);
      expect(old.output).toContain("not up to date");
    },
    COMMAND_MS_MAX,
  );

  it.skipIf(!isBun)(
    "ends the start of a bridge whose key is wrong by naming the variable and nothing else",
    async () => {
      const env = { ADMIN_TOKEN: "admin-token-of-enough-length", ENCRYPTION_KEY: NEXT, PORT: "0" };
      const own = { PATH: process.env["PATH"] ?? "", HOME: directory, DATABASE_URL: url, ...env };

      const { code, output } = await new Promise<{ code: number; output: string }>((resolve) => {
        execFile(
          process.execPath,
          ["src/bun.ts"],
          { cwd: ROOT, env: own, timeout: COMMAND_MS_MAX },
          (error, stdout, stderr) => resolve({ code: Number(error?.code ?? 0), output: stdout + stderr }),
        );
      });
      expect({ code, output }).toEqual({
        code: 78,
        output: "Configuration cannot be used:\n  - ENCRYPTION_KEY is not the key this database was made with\n",
      });
    },
    COMMAND_MS_MAX,
  );
});
