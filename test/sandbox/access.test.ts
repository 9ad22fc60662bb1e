import { describe, expect, it } from "vitest";
import { createScene, order, SITE } from "./scene.ts";

describe("access", () => {
  it.each<[string, Record<string, string>]>([
    ["a wrong token", { "Access-Token": "other" }],
    ["an empty token", { "Access-Token": "" }],
    ["an unknown site", { SiteId: "1" }],
    ["no site", { SiteId: "" }],
    ["another site's token", { SiteId: "2" }],
  ])("%s is turned away", async (_title, headers) => {
    const scene = createScene();
    scene.sandbox.control.addSite({ siteId: "2", token: "token-2" });
    const answer = await scene.post("create", { crm: "CRM", orders: [order("1")] }, headers);
    expect(answer.status).toBe(401);
    expect(scene.sandbox.control.deals()).toEqual([]);
  });

  it("is lost with the token and with the API switch, and comes back with them", async () => {
    const scene = createScene({ authStatus: 403 });
    const { control } = scene.sandbox;
    control.updateSite(SITE, { tokenRevoked: true });
    expect((await scene.create(order("1"))).status).toBe(403);
    control.updateSite(SITE, { tokenRevoked: false, apiEnabled: false });
    expect((await scene.create(order("1"))).status).toBe(403);
    expect((await scene.list({ orderNumber: "1" })).status).toBe(403);
    control.updateSite(SITE, { apiEnabled: true, token: "new" });
    expect((await scene.create(order("1"))).status).toBe(403);
    expect((await scene.post("create", { crm: "CRM", orders: [order("1")] }, { "Access-Token": "new" })).status).toBe(
      200,
    );
  });

  it("to the listing is by token in the query and site in the path", async () => {
    const scene = createScene();
    expect((await scene.list({ orderNumber: "1" })).status).toBe(200);
    expect((await scene.list({ orderNumber: "1", clientApiId: "other" })).status).toBe(401);
    expect((await scene.list({ orderNumber: "1" }, "2")).status).toBe(401);
  });

  it("keeps the sites apart", async () => {
    const scene = createScene();
    scene.sandbox.control.addSite({ siteId: "2", token: "token-2" });
    await scene.create(order("1"));
    const other = { "Access-Token": "token-2", SiteId: "2" };
    expect((await scene.post("create", { crm: "CRM", orders: [order("1")] }, other)).items).toMatchObject([
      { error: null },
    ]);
    expect(scene.sandbox.control.deals("2")).toHaveLength(1);
    expect(scene.sandbox.control.deals()).toHaveLength(2);
  });
});
