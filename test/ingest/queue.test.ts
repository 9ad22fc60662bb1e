import { type Client, createClient, type InStatement } from "@libsql/client";
import { describe, expect, it } from "vitest";
import { alfaAuto } from "../../adapters/alfa-auto/index.ts";
import { createDatabase } from "../../src/database/database.ts";
import { createIngestQueue } from "../../src/ingest/queue.ts";
import { createWrappedKeys, openVault } from "../../src/vault.ts";
import { statuses, visit } from "../dispatcher/stage.ts";
import { createScene, ENCRYPTION_KEY, SITE } from "../scene.ts";

/** Counts the commits of documents, and fails the next ones on demand. */
function countCommits(base: Client) {
  const seen = { commits: 0, failuresLeft: 0 };
  const client = new Proxy(base, {
    get(target, property, receiver) {
      if (property === "execute") return (statement: InStatement) => target.execute(statement);
      if (property !== "batch") return Reflect.get(target, property, receiver);
      return async (...[statements, mode]: Parameters<Client["batch"]>) => {
        const isDocuments = statements.some((statement) => JSON.stringify(statement).includes("INSERT INTO documents"));
        if (!isDocuments) return target.batch(statements, mode);
        seen.commits += 1;
        if (seen.failuresLeft > 0) {
          seen.failuresLeft -= 1;
          throw new Error("disk full");
        }
        return target.batch(statements, mode);
      };
    },
  });
  return { client, seen };
}

/** The queue itself, so that the requests arrive in this order and at one moment. */
async function createQueue(arrivals?: () => Promise<void>) {
  const { client, seen } = countCommits(createClient({ url: ":memory:" }));
  const scene = await createScene({ client });
  const database = createDatabase(client);
  const connection = await database.connections.get(scene.connectionId);
  if (!connection) throw new Error("no connection");
  const platform = { ...scene.platform, ...(arrivals ? { arrivals } : {}) };
  const vault = await openVault(
    ENCRYPTION_KEY,
    await createWrappedKeys(ENCRYPTION_KEY, platform.randomBytes),
    platform.randomBytes,
  );
  const ingest = createIngestQueue({ platform, database, vault });
  const account = { id: connection.accountId, siteId: SITE.siteId };
  const post = (documents: readonly unknown[]) =>
    ingest({ adapter: alfaAuto, connection, account, documents, isManual: false });
  return { client, seen, post };
}

describe("requests that arrive together", () => {
  it("are stored in two commits, and each is answered with its own results", async () => {
    const { client, seen, post } = await createQueue();
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) => post([visit(n * 2 + 1), { guid: "none" }, visit(n * 2 + 2)])),
    );
    // The first has nobody to wait for; the others wait for it.
    expect(seen.commits).toBe(2);
    for (const [n, results] of answers.entries()) {
      expect(results).toMatchObject([
        { index: 0, guid: visit(n * 2 + 1).guid, result: "accepted" },
        { index: 1, result: "error" },
        { index: 2, guid: visit(n * 2 + 2).guid, result: "accepted" },
      ]);
    }
    expect(await statuses(client)).toEqual({ due: 40 });
  });

  it("are stored in one commit where the first can wait until they have begun", async () => {
    const begun = Promise.withResolvers<void>();
    const { client, seen, post } = await createQueue(() => begun.promise);
    const answers = [1, 2, 3].map((n) => post([visit(n)]));
    begun.resolve();
    await Promise.all(answers);
    expect(seen.commits).toBe(1);
    expect(await statuses(client)).toEqual({ due: 3 });
  });

  it("never share a commit of more than a hundred documents", async () => {
    const { seen, post } = await createQueue();
    const hundred = (first: number) => Array.from({ length: 100 }, (_, n) => visit(first + n));
    await Promise.all([1, 101, 201].map((first) => post(hundred(first))));
    expect(seen.commits).toBe(3);
  });

  it("fare no worse for each other: what fails together is tried alone", async () => {
    const { client, seen, post } = await createQueue();
    // The first is stored alone; the two behind it fail together and then one by one.
    seen.failuresLeft = 3;
    const answers = await Promise.allSettled([1, 2, 3].map((n) => post([visit(n)])));
    expect(answers.map(({ status }) => status)).toEqual(["rejected", "rejected", "fulfilled"]);
    expect(await statuses(client)).toEqual({ due: 1 });
  });

  it("are not stored together when only one was sent by hand", async () => {
    const scene = await createScene({ connection: { since: "2027-01-01T00:00:00+03:00" } });
    const [plain, manual] = await Promise.all([
      scene.call("POST", "/v1/alfa-auto/documents", { documents: [visit(1)] }),
      scene.call("POST", "/v1/alfa-auto/documents", { documents: [visit(2)], mode: "manual" }),
    ]);
    expect(plain?.body["results"]).toMatchObject([{ code: "BEFORE_START" }]);
    expect(manual?.body["results"]).toMatchObject([{ code: "ACCEPTED" }]);
  });
});
