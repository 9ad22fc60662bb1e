/// <reference types="bun-types" />
/** The import rule of the design: who may know what. It keeps adapters replaceable and `src` runnable on every runtime. */
import { globSync, readFileSync } from "node:fs";
import { dirname, normalize } from "node:path/posix";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const FILES = globSync("{src,adapters}/**/*.ts", { cwd: ROOT }).sort();
const IMPORT = /\b(?:import|export)\s+(type\s)?(?:[^"';()]*?\sfrom\s+)?"([^"]+)"|\bimport\("([^"]+)"\)/g;
const COMMENT = /\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm;
const RUNTIME = /^(node:|bun|deno|cloudflare:|@libsql\/client|libsql$)/;
const isEntry = (file: string) => /^src\/(bun|deno|worker|keep-statements)\.ts$/.test(file);

/** What this file may not import or touch. A package is named as it is, a file by its path from the root. */
function findViolations(file: string, code: string): string[] {
  const bare = code.replace(COMMENT, "");
  const globals = isEntry(file) ? [] : [...bare.matchAll(/\b(?:Bun|Deno|process)\.\w+/g)].map(([name]) => name);
  const imports = [...bare.matchAll(IMPORT)].flatMap(([, type, from, dynamic]) => {
    const name = from ?? dynamic ?? "";
    const target = name.startsWith(".") ? normalize(`${dirname(file)}/${name}`) : name;
    return isAllowed(file, target, type !== undefined) ? [] : [target];
  });
  return [...globals, ...imports].map((name) => `${file} → ${name}`);
}

function isAllowed(file: string, target: string, isType: boolean): boolean {
  if (/^(sandbox|test|scripts)\//.test(target)) return false;
  if (file === "src/deal.ts") return target === "zod";
  const [, adapter] = /^adapters\/([^/]+)\//.exec(file) ?? [];
  if (adapter) {
    const isOneC = adapter !== "moysklad" && target.startsWith("adapters/onec/");
    return /^(zod|src\/deal\.ts|src\/adapter\.ts)$/.test(target) || target.startsWith(`adapters/${adapter}/`) || isOneC;
  }
  if (file.startsWith("adapters/")) return /^(src\/adapter\.ts|adapters\/[^/]+\/index\.ts)$/.test(target);
  if (target.startsWith("adapters/")) return isEntry(file);
  if (/^drizzle-/.test(target)) return file.startsWith("src/database/");
  if (/^@?hono(\/|$)/.test(target)) return /^src\/(http|console)\//.test(file);
  return !RUNTIME.test(target) || isEntry(file) || (isType && target === "@libsql/client");
}

describe("the import rule", () => {
  it("is kept by every file of src and adapters", () => {
    expect(FILES.length).toBeGreaterThan(40);
    expect(FILES.flatMap((file) => findViolations(file, readFileSync(`${ROOT}${file}`, "utf8")))).toEqual([]);
  });

  it.each([
    ["src/deal.ts", 'import { AppError } from "./error.ts";', "src/error.ts"],
    ["adapters/alfa-auto/to-deal.ts", 'import { x } from "../dalion/index.ts";', "adapters/dalion/index.ts"],
    ["adapters/alfa-auto/to-deal.ts", 'import type { Config } from "../../src/config.ts";', "src/config.ts"],
    ["adapters/moysklad/poll.ts", 'import { readDate } from "../onec/date.ts";', "adapters/onec/date.ts"],
    ["adapters/index.ts", 'import { Hono } from "hono";', "hono"],
    ["src/bridge.ts", 'import { adapters } from "../adapters/index.ts";', "adapters/index.ts"],
    ["src/ingest/fold.ts", 'import {\n  eq,\n  and,\n} from "drizzle-orm";', "drizzle-orm"],
    ["src/calltouch/client.ts", 'export { Hono } from "hono/tiny";', "hono/tiny"],
    ["src/http/body.ts", 'import "node:buffer";', "node:buffer"],
    ["src/database/orm.ts", 'import { createClient } from "@libsql/client/web";', "@libsql/client/web"],
    ["src/database/database.ts", 'import Database from "libsql";', "libsql"],
    ["src/vault.ts", 'const crypto = await import("node:crypto");', "node:crypto"],
    ["src/config.ts", "export const port = process.env;", "process.env"],
    ["src/worker.ts", 'import { createScene } from "../test/scene.ts";', "test/scene.ts"],
  ])("finds what %s must not touch", (file, code, target) => {
    expect(findViolations(file, code)).toEqual([`${file} → ${target}`]);
  });

  it.each([
    ["src/database/orm.ts", 'import type { Client } from "@libsql/client";\nimport { eq } from "drizzle-orm";'],
    ["src/bun.ts", 'import { mkdirSync } from "node:fs";\nBun.serve({});'],
    ["src/vault.ts", "/** Not Deno.env nor process.env. */"],
    ["adapters/alfa-auto/to-deal.ts", 'import { readDate } from "../onec/date.ts";\nimport * as z from "zod";'],
  ])("lets %s have what it needs", (file, code) => {
    expect(findViolations(file, code)).toEqual([]);
  });
});
