/** One sale must not become two deals because a base was copied or connected twice. */
import { createClient } from "@libsql/client";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { appointment } from "../adapters/alfa-auto-documents.ts";
import { guidOf, numberOf, visit, workOrder } from "../dispatcher/stage.ts";
import { expectError, expectRussian, resultsOf } from "../http/contract.ts";
import { interfere, startSecond } from "../ingest/stage.ts";
import { createScene, SITE } from "../scene.ts";
import { connect, createFirms } from "./firms.ts";

const PATH = "/v1/alfa-auto/documents";

describe("a copied base", () => {
  it("is refused as a whole, by every route that writes, until an administrator confirms it", async () => {
    const scene = await createScene();
    await scene.post([appointment], { client: { infobase: "work" } });
    const rows = async () => (await scene.client.execute("SELECT * FROM documents")).rows;
    const before = await rows();
    for (const mode of [undefined, "manual"]) {
      const copy = await scene.call("POST", PATH, { client: { infobase: "copy" }, mode, documents: [visit(1)] });
      expectError(copy, 409, "BASE_CHANGED");
    }
    const client = { infobase: "copy" };
    for (const [path, body] of [
      ["deals/actions", { action: "delete", guids: [appointment.guid] }],
      ["jobs", { from: "2026-11-01", to: "2026-11-22", actions: ["create"] }],
    ] as const) {
      expectError(await scene.call("POST", `/v1/alfa-auto/${path}`, { client, ...body }), 409, "BASE_CHANGED");
    }
    expect(await rows()).toEqual(before);
    expect((await scene.client.execute("SELECT id FROM jobs")).rows).toEqual([]);
    expect(scene.deal(appointment.number)?.isDeleted).toBe(false);
    await scene.admin("PATCH", `/connections/${scene.connectionId}`, { infobases: ["work", "copy"] });
    expect(await scene.post([visit(1)], { client: { infobase: "copy" } })).toMatchObject([{ result: "accepted" }]);
  });
});

describe("one document from two connections of a site", () => {
  it("is refused to the second without naming the first, and the operator's log names both", async () => {
    const { scene, first, branch } = await createFirms();
    await first.post([visit(1), visit(2)]);
    const [taken, own, again] = resultsOf(await branch.post([visit(1), visit(3), visit(2, { amount: 1 })]));
    expect(taken).toEqual({
      index: 0,
      guid: guidOf(1),
      result: "error",
      code: "GUID_TAKEN",
      message: "Этот документ уже передаётся из другого подключения. Обратитесь к администратору моста",
      showMessage: true,
    });
    expectRussian(taken?.message);
    expect([own?.result, again?.code]).toEqual(["accepted", "GUID_TAKEN"]);
    expect(scene.logs.filter(({ event }) => event === "guid-taken")).toEqual([
      {
        level: "warn",
        event: "guid-taken",
        connectionId: branch.connectionId,
        otherConnectionId: first.connectionId,
        guid: guidOf(1),
        documents: 2,
      },
    ]);
    expect(scene.sandbox.control.deals(SITE.siteId)).toHaveLength(3);
  });

  it("leaves the other documents of the same deal to whoever sent them", async () => {
    const { scene, first, branch } = await createFirms();
    await first.post([visit(1)]);
    const results = resultsOf(await branch.post([visit(1), workOrder(51, 1)]));
    expect(results).toMatchObject([{ code: "GUID_TAKEN" }, { result: "accepted" }]);
    expect(scene.deal(numberOf(1))).toMatchObject({ creates: 1, status: "Предварительная заявка" });
    expect(resultsOf(await first.post([visit(1, { amount: 5 })]))).toMatchObject([{ result: "accepted" }]);
    expect(scene.deal(numberOf(1))?.revenue).toBe("5.00");
  });

  it("that comes new from both at the same moment is taken from one of them alone, in either order", async () => {
    const client = createClient({ url: ":memory:" });
    const scene = await createScene({ client });
    const branch = await connect(scene, "Филиал", scene.accountId);
    let isMet = false;
    // The other connection writes between the reading and the writing of this one.
    const slowed = interfere(client, async () => {
      if (isMet) return;
      isMet = true;
      expect(resultsOf(await branch.post([visit(1)]))).toMatchObject([{ result: "accepted" }]);
    });
    const late = await startSecond(scene, { client: slowed });
    expect(await late.post([visit(1), visit(2)])).toMatchObject([{ code: "GUID_TAKEN" }, { result: "accepted" }]);
    await scene.run(60_000);
    const { rows } = await client.execute("SELECT connection_id, guid FROM documents ORDER BY guid");
    expect(rows).toMatchObject([
      { connection_id: branch.connectionId, guid: guidOf(1) },
      { connection_id: scene.connectionId, guid: guidOf(2) },
    ]);
    const both = await Promise.all([branch.post([visit(3)]), scene.call("POST", PATH, { documents: [visit(3)] })]);
    const codes = both.map((answer) => z.string().parse(resultsOf(answer)[0]?.code)).sort();
    expect(codes).toEqual(["ACCEPTED", "GUID_TAKEN"]);
    await scene.idle();
  });

  it("of two sites is no copy: each firm has its own", async () => {
    const { first, other } = await createFirms();
    await first.post([visit(1)]);
    expect(resultsOf(await other.post([visit(1)]))).toMatchObject([{ result: "accepted" }]);
  });

  it("may be sent by another connection once the first one is deleted", async () => {
    const { scene, first, branch } = await createFirms();
    await first.post([visit(1)]);
    expect((await scene.admin("DELETE", `/connections/${first.connectionId}`)).status).toBe(200);
    expect(resultsOf(await branch.post([visit(1)]))).toMatchObject([{ result: "accepted" }]);
  });
});
