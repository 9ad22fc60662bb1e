import { type Client, createClient, type InStatement } from "@libsql/client";
import { describe, expect, it } from "vitest";
import { numberOf, statuses, visit } from "../dispatcher/stage.ts";
import { createScene } from "../scene.ts";

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

describe("requests that arrive together", () => {
  it("are stored in few commits, and each is answered with its own results", async () => {
    const { client, seen } = countCommits(createClient({ url: ":memory:" }));
    const scene = await createScene({ client });
    const bodies = Array.from({ length: 20 }, (_, n) => [visit(n * 2 + 1), { guid: "none" }, visit(n * 2 + 2)]);
    const answers = await Promise.all(
      bodies.map((documents) => scene.call("POST", "/v1/alfa-auto/documents", { documents })),
    );
    expect(seen.commits).toBeLessThanOrEqual(3);
    for (const [n, { body }] of answers.entries()) {
      expect(body["results"]).toMatchObject([
        { index: 0, guid: visit(n * 2 + 1).guid, result: "accepted" },
        { index: 1, result: "error" },
        { index: 2, guid: visit(n * 2 + 2).guid, result: "accepted" },
      ]);
    }
    await scene.idle();
    expect(await statuses(client)).toEqual({ delivered: 40 });
  });

  it("never share a commit of more than a hundred documents", async () => {
    const { client, seen } = countCommits(createClient({ url: ":memory:" }));
    const scene = await createScene({ client });
    const hundred = (first: number) => Array.from({ length: 100 }, (_, n) => visit(first + n));
    await Promise.all(
      [1, 101, 201].map((first) => scene.call("POST", "/v1/alfa-auto/documents", { documents: hundred(first) })),
    );
    expect(seen.commits).toBe(3);
  });

  it("fare no worse for each other: what fails together is tried alone", async () => {
    const { client, seen } = countCommits(createClient({ url: ":memory:" }));
    const scene = await createScene({ client });
    // The first request is stored alone; the two behind it fail together and then one by one.
    seen.failuresLeft = 3;
    const answers = await Promise.all(
      [1, 2, 3].map((n) => scene.call("POST", "/v1/alfa-auto/documents", { documents: [visit(n)] })),
    );
    expect(answers.map(({ status }) => status)).toEqual([500, 500, 200]);
    await scene.idle();
    expect(scene.deal(numberOf(3))).toMatchObject({ creates: 1 });
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
