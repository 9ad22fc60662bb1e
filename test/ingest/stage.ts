/** More connections, other adapters and a database whose writes can be interfered with. */
import type { Client } from "@libsql/client";
import * as z from "zod";
import { adapters } from "../../adapters/index.ts";
import type { Adapter } from "../../src/adapter.ts";
import { createBridge } from "../../src/bridge.ts";
import { ADMIN_TOKEN, CALLTOUCH_URL, call, ENCRYPTION_KEY, type Scene } from "../scene.ts";

const results = z.array(z.object({ result: z.string(), code: z.string(), retry: z.boolean().optional() }));

/** One more connection of the scene's account. Its deals are sent by the scene's ticks. */
export async function connect(
  { bridge, admin, accountId }: Pick<Scene, "bridge" | "admin" | "accountId">,
  name: string,
) {
  const connection = await admin("POST", "/connections", {
    adapter: "alfa-auto",
    name,
    accountId,
    since: "2026-01-01T00:00:00+03:00",
  });
  const authorization = `Bearer ${z.string().parse(connection.body["key"])}`;
  return async (documents: readonly unknown[]) => {
    const answer = await call(bridge, "POST", "/v1/alfa-auto/documents", { authorization }, { documents });
    return results.parse(answer.body["results"]);
  };
}

/** A second bridge on the scene's database with the scene's key, and with adapters and a client of its own if need be. */
export async function startSecond(
  scene: Pick<Scene, "platform" | "key" | "client">,
  changes: { client?: Client; toDeal?: Adapter["toDeal"]; path?: string } = {},
) {
  const { platform, key } = scene;
  const { client = scene.client, toDeal, path = "/v1/alfa-auto/documents" } = changes;
  const config = { adminToken: ADMIN_TOKEN, encryptionKey: ENCRYPTION_KEY, calltouchUrl: CALLTOUCH_URL };
  const changed = adapters.map((adapter) => (toDeal ? { ...adapter, toDeal } : adapter));
  const limits = { wallMs: 60_000, requests: 1_000 };
  const bridge = await createBridge({ platform, client, config, adapters: changed, limits });
  return {
    tick: bridge.tick,
    async post(documents: readonly unknown[]) {
      const authorization = `Bearer ${key}`;
      const answer = await call(bridge, "POST", path, { authorization }, { documents });
      return results.parse(answer.body["results"]);
    },
  };
}

/** The same database, with something done before each batch of writes of an ingest. */
export function interfere(client: Client, before: () => Promise<unknown>): Client {
  return new Proxy(client, {
    get(target, name) {
      if (name !== "batch") {
        const value: unknown = Reflect.get(target, name);
        return typeof value === "function" ? value.bind(target) : value;
      }
      const batch: Client["batch"] = async (statements, mode) => {
        if (JSON.stringify(statements).includes("INSERT INTO documents")) await before();
        return target.batch(statements, mode);
      };
      return batch;
    },
  });
}

/** Every row of every table, as text. */
export async function dump(client: Client): Promise<string> {
  const { rows } = await client.execute("SELECT name FROM sqlite_master WHERE type = 'table'");
  const tables = await Promise.all(rows.map((row) => client.execute(`SELECT * FROM "${String(row["name"])}"`)));
  return tables.map((table) => JSON.stringify(table.rows)).join("\n");
}
