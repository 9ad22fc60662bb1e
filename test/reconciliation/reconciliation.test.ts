import { describe, expect, it } from "vitest";
import { order } from "../adapters/dalion-documents.ts";
import { guidOf, numberOf, visit, visits } from "../dispatcher/stage.ts";
import { expectError } from "../http/contract.ts";
import { createDalionScene } from "../ingest/dalion-scene.ts";
import { createHeldScene, makeElsewhere } from "../jobs/stage.ts";
import { ADMIN_READ_TOKEN, call, createScene, type Scene, SITE } from "../scene.ts";

const pathOf = (scene: Scene, query: string) => `/admin/connections/${scene.connectionId}/reconciliation?${query}`;
const SEPTEMBER = "from=2026-09-01&to=2026-09-30";
const reconcile = (scene: Scene, query: string = SEPTEMBER) =>
  call(scene.bridge, "GET", pathOf(scene, query), { authorization: `Bearer ${ADMIN_READ_TOKEN}` });

describe("the reconciliation", () => {
  it("of what stands alike on both sides is empty but for the sums", async () => {
    const scene = await createScene();
    await scene.post([visit(1), visit(2), visit(3, { date: "2026-10-01T00:00:00" })]);
    const { status, body } = await reconcile(scene);
    expect(status).toBe(200);
    const side = { count: 2, revenue: "25001.00" };
    expect(body).toEqual({
      period: { from: "2026-09-01T00:00:00", to: "2026-09-30T23:59:59" },
      summary: [{ status: "Предварительная заявка", funnel: "", bridge: side, calltouch: side }],
      missing: { total: 0, items: [] },
      extra: { total: 0, items: [] },
      different: { total: 0, items: [] },
      skipped: [],
    });
  });

  it("names what is missing, what is extra and what differs", async () => {
    const scene = await createScene();
    await scene.post([visit(1), visit(2), visit(3)]);
    scene.sandbox.control.deleteDealByHand(SITE.siteId, numberOf(1));
    await makeElsewhere(scene, "ЧУЖОЙ", { revenue: "99.90" });
    scene.sandbox.control.addDealByHand({ siteId: SITE.siteId, orderNumber: "РУКАМИ", orderAt: Date.UTC(2026, 8, 12) });
    await scene.sandbox.fetch(
      new Request("https://calltouch.test/lead-service/v1/api/client-order/update", {
        method: "POST",
        headers: { "Access-Token": SITE.token, SiteId: SITE.siteId, "Content-Type": "application/json" },
        body: JSON.stringify({
          orders: [
            {
              orderNumber: numberOf(2),
              revenue: "1.00",
              status: "Иной",
              statusDate: "22-11-2026 12:00:00",
              updateDate: "22-11-2026 12:00:00",
            },
          ],
        }),
      }),
    );
    const { body } = await reconcile(scene);
    expect(body["missing"]).toMatchObject({
      total: 1,
      items: [{ orderNumber: numberOf(1), guid: guidOf(1), code: "DELETED_IN_CALLTOUCH", revenue: "12500.50" }],
    });
    expect(body["extra"]).toMatchObject({ total: 1, items: [{ orderNumber: "ЧУЖОЙ", revenue: "99.90" }] });
    expect(body["different"]).toEqual({
      total: 2,
      items: [
        {
          orderNumber: numberOf(2),
          guid: guidOf(2),
          field: "status",
          bridge: "Предварительная заявка",
          calltouch: "Иной",
        },
        { orderNumber: numberOf(2), guid: guidOf(2), field: "revenue", bridge: "12500.50", calltouch: "1.00" },
      ],
    });
  });

  it("calls extra what stands there a second time under a number, and compares the deal with its own record", async () => {
    const scene = await createScene({ knobs: { duplicateCreate: "allow" } });
    await scene.post([visit(1)]);
    await makeElsewhere(scene, numberOf(1), { revenue: "777.00" });
    const { body } = await reconcile(scene);
    expect(body["extra"]).toMatchObject({ total: 1, items: [{ orderNumber: numberOf(1), revenue: "777.00" }] });
    expect(body["different"]).toEqual({ total: 0, items: [] });
    expect(body["summary"]).toMatchObject([{ bridge: { count: 1 }, calltouch: { count: 2, revenue: "13277.50" } }]);
  });

  it("calls extra what is to be deleted and still stands there", async () => {
    const scene = await createScene({ connection: { settings: { deleted: "delete" } } });
    await scene.post([visit(1), visit(2)]);
    await scene.admin("PATCH", `/accounts/${scene.accountId}`, { autoExchange: false });
    await scene.post([visit(1, { deleted: true, changedAt: "2026-10-01T10:00:00" })]);
    const { body } = await reconcile(scene);
    expect(body["extra"]).toMatchObject({ total: 1, items: [{ orderNumber: numberOf(1), revenue: "12500.50" }] });
    expect(body["summary"]).toMatchObject([{ bridge: { count: 1 }, calltouch: { count: 2, revenue: "25001.00" } }]);
  });

  it("looks at every site that rules send to, also when nothing of the period has gone there", async () => {
    const scene = await createScene();
    const other = { siteId: "555", token: "other-token" };
    scene.sandbox.control.addSite(other);
    const { body: account } = await scene.admin("POST", "/accounts", { name: "Второй кабинет", ...other });
    await scene.admin("POST", `/connections/${scene.connectionId}/rules`, { accountId: account["id"] });
    await makeElsewhere(scene, "ЧУЖОЙ", {}, other);
    expect((await reconcile(scene)).body["extra"]).toMatchObject({ total: 1, items: [{ orderNumber: "ЧУЖОЙ" }] });
  });

  it("counts what is kept back by its reason, and not as missing", async () => {
    const scene = await createHeldScene();
    await scene.post([visit(1), visit(2), visit(3)]);
    await makeElsewhere(scene, numberOf(3));
    const { body } = await reconcile(scene);
    expect(body["skipped"]).toMatchObject([{ code: "AUTO_OFF", count: 2 }]);
    expect(body["missing"]).toMatchObject({ total: 0 });
    expect(body["summary"]).toMatchObject([{ bridge: { count: 1 }, calltouch: { count: 1 } }]);
  });

  it("counts what is kept back by the code of its reason, however many documents its messages name", async () => {
    const scene = await createDalionScene();
    const types = ["Акт", "Бланк", "Акт"];
    const strange = types.map((type, n) => order({ guid: `5a1e0000-c2ed-11ed-80d6-00000000000${n}`, type }));
    await scene.post(strange);
    const { body } = await reconcile(scene, "from=2023-03-01&to=2023-03-31");
    expect(body["skipped"]).toMatchObject([
      { code: "TYPE_UNKNOWN", count: 3, message: expect.stringContaining("«Акт»") },
    ]);
  });

  it("comes as a table for Excel", async () => {
    const scene = await createScene();
    await scene.post([visit(1)]);
    const { status, headers, text } = await reconcile(scene, `${SEPTEMBER}&format=csv`);
    expect(status).toBe(200);
    expect(headers.get("content-type")).toBe("text/csv; charset=utf-8");
    expect(headers.get("content-disposition")).toBe('attachment; filename="sverka-2026-09-01-2026-09-30.csv"');
    expect(text).toContain("Итог;;;Предварительная заявка;;;;;1;1;12500,50;12500,50;;\r\n");
  });

  it("costs one request for every thousand deals of the site", async () => {
    const scene = await createScene();
    for (let n = 0; n < 12; n += 1) await scene.post(visits((n + 1) * 100).slice(n * 100));
    scene.sandbox.control.clearRequests();
    const { body } = await reconcile(scene);
    expect(body["summary"]).toMatchObject([{ bridge: { count: 1_200 }, calltouch: { count: 1_200 } }]);
    expect(scene.sandbox.control.requests()).toHaveLength(2);
  });
});

describe("a reconciliation that cannot be made", () => {
  it.each([
    ["from=2026-09-01", 422, "FIELD"],
    ["from=2026-09-01&to=2026-08-01", 422, "PERIOD"],
    ["from=2020-09-01&to=2026-08-01", 422, "PERIOD"],
    [`${SEPTEMBER}&format=xlsx`, 422, "FIELD"],
  ])("for %s says what to change", async (query, status, code) => {
    const scene = await createScene();
    expectError(await reconcile(scene, query), status, code);
  });

  it("for want of points says when to come again", async () => {
    const scene = await createScene({ account: { hourlyPoints: 1, dailyPoints: 100, livePercent: 0 } });
    expect((await reconcile(scene)).status).toBe(200);
    const answer = await reconcile(scene);
    expectError(answer, 429, "POINTS");
    expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
  });

  it("for an outage of Calltouch says so", async () => {
    const scene = await createScene();
    scene.sandbox.control.fault({ kind: "status", status: 500 });
    expectError(await reconcile(scene), 503, "CALLTOUCH_SILENT");
  });

  it("for more pages than one report may read asks for a shorter period", async () => {
    const scene = await createScene();
    scene.platform.fetch = async () => Response.json({ page: 1, pageTotal: 50, recordsTotal: 0, records: [] });
    expectError(await reconcile(scene), 422, "PERIOD_TOO_LONG");
  });

  it("for a listing that cannot be read whole says so, and concludes nothing", async () => {
    const scene = await createScene();
    scene.platform.fetch = async () => Response.json({ page: 1, pageTotal: 1, recordsTotal: 1, records: ["?"] });
    expectError(await reconcile(scene), 503, "LISTING_CHANGED");
  });

  it("for a connection that is not there says so", async () => {
    const scene = await createScene();
    expectError(await scene.admin("GET", `/connections/none/reconciliation?${SEPTEMBER}`), 404, "NOT_FOUND");
  });
});
