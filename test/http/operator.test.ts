import { describe, expect, it } from "vitest";
import * as z from "zod";
import { numberOf, visit } from "../dispatcher/stage.ts";
import { createScene, type Scene } from "../scene.ts";

const listing = z.object({
  deals: z.array(z.object({ id: z.number(), orderNumber: z.string(), status: z.string(), code: z.string() })),
  next: z.number().optional(),
});

/** A scene in which Calltouch has refused these deals for good. */
async function createRefused(count: number): Promise<Scene> {
  const scene = await createScene({ account: { listingLagMs: 0 } });
  for (let n = 1; n <= count; n += 1) {
    scene.sandbox.control.fault({ kind: "itemError", orderNumber: numberOf(n) });
    await scene.post([visit(n)]);
    await scene.run(2_000);
  }
  return scene;
}

const list = async (scene: Scene, query = "") => listing.parse((await scene.admin("GET", `/deals${query}`)).body);

describe("deals that wait for a person", () => {
  it("are listed with the reason, page by page", async () => {
    const scene = await createRefused(3);
    const first = await list(scene, "?limit=2");
    expect(first.deals).toMatchObject([
      { orderNumber: numberOf(1), status: "dead", code: "CALLTOUCH_REFUSED" },
      { orderNumber: numberOf(2), status: "dead", code: "CALLTOUCH_REFUSED" },
    ]);
    const second = await list(scene, `?limit=2&after=${first.next}`);
    expect(second.deals.map(({ orderNumber }) => orderNumber)).toEqual([numberOf(3)]);
    expect(second.next).toBeUndefined();
    expect((await list(scene, "?status=held")).deals).toEqual([]);
  });

  it("are sent again on the operator's word", async () => {
    const scene = await createRefused(1);
    const [deal] = (await list(scene)).deals;
    expect((await scene.admin("POST", `/deals/${deal?.id}/retry`)).status).toBe(200);
    await scene.idle();
    expect(scene.deal(numberOf(1))).toMatchObject({ creates: 1, isDeleted: false });
    expect((await list(scene)).deals).toEqual([]);
  });

  it("are not created again when they were deleted in Calltouch", async () => {
    const scene = await createScene({ account: { listingLagMs: 0 } });
    await scene.post([visit(1)]);
    scene.sandbox.control.deleteDealByHand("41234", numberOf(1));
    await scene.post([visit(1, { status: "Подтвержденная заявка", version: "2" })]);
    await scene.run(2_000);
    const [deal] = (await list(scene)).deals;
    expect(deal).toMatchObject({ code: "DELETED_IN_CALLTOUCH" });
    expect((await scene.admin("POST", `/deals/${deal?.id}/retry`)).body).toMatchObject({ code: "NOT_RETRIABLE" });
  });

  it("are not sent in a trial, whoever wants it", async () => {
    const scene = await createScene({ connection: { dryRun: true } });
    await scene.post([visit(1)]);
    const [deal] = (await list(scene, "?status=held")).deals;
    expect((await scene.admin("POST", `/deals/${deal?.id}/retry`)).body).toMatchObject({ code: "NOT_RETRIABLE" });
    await scene.run(2_000);
    expect(scene.sandbox.control.deals()).toEqual([]);
  });

  it.each(["?status=due", "?limit=0", "?limit=1000", "?after=x", "?page=1"])("are not listed by %s", async (query) => {
    const scene = await createScene();
    const answer = await scene.admin("GET", `/deals${query}`);
    expect(answer.status).toBe(422);
    expect(answer.body).toMatchObject({ status: "error", code: "FIELD" });
    expect(answer.body["message"]).toMatch(/^Проверьте поля\. (status|limit|after|запрос): [а-яё]/i);
  });
});

describe("a document's guid", () => {
  it("leads the operator to the connection that holds it, and to its deal", async () => {
    const scene = await createScene();
    await scene.post([visit(1)]);
    const { holders } = (await scene.admin("GET", `/deals/by-guid/${visit(1).guid.toUpperCase()}`)).body;
    expect(holders).toMatchObject([
      { connectionId: scene.connectionId, connection: "Сервис", orderNumber: numberOf(1), status: "delivered" },
    ]);
    expect((await scene.admin("GET", `/deals/by-guid/${visit(2).guid}`)).body).toEqual({ holders: [] });
    expect((await scene.admin("GET", "/deals/by-guid/1")).body).toMatchObject({ code: "FIELD" });
  });
});

describe("deleting", () => {
  it("a connection ends its keys and keeps its deals' numbers taken", async () => {
    const scene = await createScene();
    await scene.post([visit(1)]);
    expect((await scene.admin("DELETE", `/connections/${scene.connectionId}`)).status).toBe(200);
    expect((await scene.call("GET", "/v1/ping")).status).toBe(401);
    const { rows } = await scene.client.execute("SELECT order_number FROM deals");
    expect(rows.map((row) => row["order_number"])).toEqual([numberOf(1)]);
  });

  it("a connection with deals still to be sent is refused", async () => {
    const scene = await createScene();
    scene.sandbox.control.updateSite("41234", { tokenRevoked: true });
    await scene.post([visit(1)]);
    const answer = await scene.admin("DELETE", `/connections/${scene.connectionId}`);
    expect([answer.status, answer.body["code"]]).toEqual([409, "IN_USE"]);
  });

  it("an account is refused while a connection uses it, and done afterwards", async () => {
    const scene = await createScene();
    const refused = await scene.admin("DELETE", `/accounts/${scene.accountId}`);
    expect([refused.status, refused.body["code"]]).toEqual([409, "IN_USE"]);
    await scene.admin("DELETE", `/connections/${scene.connectionId}`);
    expect((await scene.admin("DELETE", `/accounts/${scene.accountId}`)).status).toBe(200);
    expect((await scene.admin("GET", `/accounts/${scene.accountId}`)).status).toBe(404);
  });
});
