/** Everything one scenario runs: a sandbox, bad lines to it, bridges, perhaps a libSQL server; set up, and an account made. */
import { type Client, createClient } from "@libsql/client";
import * as z from "zod";
import { type Calltouch, createCalltouch, type Knobs, SITE } from "./calltouch.ts";
import { ADMIN_TOKEN, createBridgePart, createSandboxPart, createSqldPart } from "./parts.ts";
import type { Part } from "./processes.ts";
import { type LineProxy, startProxy } from "./proxy.ts";
import type { Random } from "./random.ts";

export interface Wiring {
  database: "file" | "sqld";
  bridges: 1 | 2;
  knobs: Knobs;
  /** A bad line to the server too; without it the bridges meet the server itself. */
  hasDatabaseLine?: boolean;
}

/** A bridge and its own line to Calltouch, by which it is known which of two is sending. */
export interface Post {
  bridge: Part;
  proxy: LineProxy;
}

export interface World {
  posts: readonly [Post, ...Post[]];
  sqld: Part | null;
  databaseLine: LineProxy | null;
  calltouch: Calltouch;
  accountId: string;
  key: string;
  /** A second view of the database; only for a server. */
  openDatabase(): Client;
  stop(): Promise<void>;
  crashes(): string[];
}

const created = z.object({ id: z.string(), key: z.string().optional() });

export async function createWorld(folder: string, wiring: Wiring, random: Random): Promise<World> {
  const sandbox = await createSandboxPart(folder);
  const sqld = wiring.database === "sqld" ? await createSqldPart(folder) : null;
  await Promise.all([sandbox.start(), sqld?.start()]);
  const calltouch = createCalltouch(sandbox.url);
  await calltouch.prepare(wiring.knobs);

  const databaseLine = sqld && wiring.hasDatabaseLine ? await startProxy(sqld.url, random) : null;
  const databaseUrl = databaseLine?.url ?? sqld?.url ?? `file:${folder}/data/bridge.db`;
  const openPost = async (name: string): Promise<Post> => {
    const proxy = await startProxy(sandbox.url, random);
    return { proxy, bridge: await createBridgePart(name, folder, { databaseUrl, calltouchUrl: proxy.url }) };
  };
  const first = await openPost("bridge-1");
  const posts: [Post, ...Post[]] = wiring.bridges === 2 ? [first, await openPost("bridge-2")] : [first];
  // Two together: both migrate one empty database.
  await Promise.all(posts.map(({ bridge }) => bridge.start()));
  const account = await make(first.bridge, "/accounts", {
    name: "Кабинет",
    ...SITE,
    hourlyPoints: 1_000_000_000,
    dailyPoints: 1_000_000_000,
    listingLagMs: wiring.knobs.listingLagMs,
  });
  const connection = await make(first.bridge, "/connections", {
    adapter: "alfa-auto",
    name: "Сервис",
    accountId: account.id,
    since: "2020-01-01T00:00:00Z",
    settings: { deleted: "delete" },
  });
  const parts = [...posts.map(({ bridge }) => bridge), sandbox, ...(sqld ? [sqld] : [])];
  return {
    posts,
    sqld,
    databaseLine,
    calltouch,
    accountId: account.id,
    key: connection.key ?? "",
    openDatabase: () => createClient({ url: databaseUrl }),
    async stop() {
      await Promise.all(parts.map((part) => part.kill()));
      await Promise.all([databaseLine?.refuse(), ...posts.map(({ proxy }) => proxy.refuse())]);
    },
    crashes: () => parts.flatMap((part) => part.crashes),
  };
}

async function make({ url }: Part, path: string, body: object): Promise<z.infer<typeof created>> {
  const headers = { authorization: `Bearer ${ADMIN_TOKEN}`, "content-type": "application/json" };
  const response = await fetch(`${url}/admin${path}`, { method: "POST", headers, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`The bridge refused ${path}: ${await response.text()}`);
  return created.parse(await response.json());
}
