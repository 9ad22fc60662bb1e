import { describe, expect, it } from "vitest";
import { createScene, HOUR_MS, NOON, order, type Scene, SITE } from "./scene.ts";

const FROM_ONE = { "x-forwarded-for": "192.0.2.1, 10.0.0.1" };
const body = (orderNumber: string) => ({ crm: "CRM", orders: [order(orderNumber)] });

/** Requests of one address, in the same instant. */
function burst(scene: Scene, count: number, headers: Record<string, string> = FROM_ONE) {
  const bodies = Array.from({ length: count }, () => JSON.stringify({ orderNumbers: ["1"] }));
  return Promise.all(
    bodies.map((text) =>
      scene.sandbox.fetch(
        new Request("https://calltouch.test/lead-service/v1/api/client-order/delete", {
          method: "POST",
          headers: { "Access-Token": "token-1", SiteId: SITE, "Content-Type": "application/json", ...headers },
          body: text,
        }),
      ),
    ),
  );
}

describe("the rate gate", () => {
  it("runs five of eleven simultaneous requests at once, five in the next second, and refuses one", async () => {
    const scene = createScene({ deleteUnknown: "ok" });
    scene.clock.now = NOON + 300;
    const answers = await burst(scene, 11);
    expect(answers.map(({ status }) => status)).toEqual([...Array.from({ length: 10 }, () => 200), 429]);
    expect(scene.clock.slept).toEqual([700, 700, 700, 700, 700]);
    expect(scene.sandbox.control.requests().at(-1)).toMatchObject({ at: NOON + 300, ip: "192.0.2.1", status: 429 });
  });

  it("lets five requests a second through for ever without a wait", async () => {
    const scene = createScene({ deleteUnknown: "ok" });
    for (let second = 0; second < 20; second += 1) {
      expect((await burst(scene, 5)).every(({ status }) => status === 200)).toBe(true);
      scene.clock.now += 1_000;
    }
    expect(scene.clock.slept).toEqual([]);
  });

  it("counts fixed seconds: ten requests around the turn of a second all run", async () => {
    const scene = createScene({ deleteUnknown: "ok" });
    scene.clock.now = NOON + 999;
    await burst(scene, 5);
    scene.clock.now = NOON + 1_000;
    await burst(scene, 5);
    expect(scene.clock.slept).toEqual([]);
  });

  it("spends the next second on those that wait, so a steady ten a second is refused", async () => {
    const scene = createScene({ deleteUnknown: "ok" });
    await burst(scene, 10);
    scene.clock.now += 1_000;
    const answers = await burst(scene, 10);
    expect(answers.map(({ status }) => status)).toEqual([
      ...Array.from({ length: 5 }, () => 200),
      ...Array.from({ length: 5 }, () => 429),
    ]);
  });

  it("counts each address for itself, all its methods and sites together, and a missing header as local", async () => {
    const scene = createScene({ deleteUnknown: "ok" });
    await burst(scene, 9);
    expect((await burst(scene, 5, { "x-forwarded-for": "192.0.2.2" })).every(({ status }) => status === 200)).toBe(
      true,
    );
    expect((await scene.post("create", body("1"), FROM_ONE)).status).toBe(200);
    const [refused] = await burst(scene, 1, { ...FROM_ONE, SiteId: "other" });
    expect(refused?.status).toBe(429);
    await burst(scene, 1, { "x-forwarded-for": "" });
    expect(scene.sandbox.control.requests().at(-1)?.ip).toBe("local");
  });

  it("answers with the status and the Retry-After of the knobs, applies nothing and costs nothing", async () => {
    const scene = createScene({ rateLimitStatus: 503, retryAfterSeconds: 3, deleteUnknown: "ok" });
    await burst(scene, 10);
    const before = scene.sandbox.control.points(SITE);
    const [answer] = await burst(scene, 1);
    expect(answer?.status).toBe(503);
    expect(answer?.headers.get("retry-after")).toBe("3");
    expect(scene.sandbox.control.points(SITE)).toEqual(before);
  });
});

describe("points", () => {
  it("are charged per successful request, by method", async () => {
    const scene = createScene({ costs: { create: 5, update: 3, delete: 2, list: 10 } });
    const { control } = scene.sandbox;
    expect(control.points(SITE)).toEqual({ hourLeft: 9_000, dayLeft: 216_000 });
    await scene.create(order("1"), order("2"));
    expect(control.points(SITE).hourLeft).toBe(8_995);
    await scene.update({ orderNumber: "1", updateDate: "14-05-2025 11:30:00" });
    expect(control.points(SITE).hourLeft).toBe(8_992);
    await scene.remove("1");
    expect(control.points(SITE).hourLeft).toBe(8_990);
    await scene.list({ orderNumber: "1" });
    expect(control.points(SITE)).toEqual({ hourLeft: 8_980, dayLeft: 215_980 });
  });

  it("are charged for an answer whose every item was refused, and not for a refused body", async () => {
    const scene = createScene();
    await scene.remove("unknown");
    expect(scene.sandbox.control.points(SITE).hourLeft).toBe(8_999);
    await scene.post("create", "{");
    expect(scene.sandbox.control.points(SITE).hourLeft).toBe(8_999);
  });

  it("are charged per item under costPerItem", async () => {
    const scene = createScene({ costs: { create: 2 }, costPerItem: true });
    await scene.create(order("1"), order("2"), order("3"));
    expect(scene.sandbox.control.points(SITE).hourLeft).toBe(8_994);
  });

  it("come back with the next clock hour, and until then every method is refused", async () => {
    const scene = createScene({ pointsStatus: 402 });
    scene.sandbox.control.updateSite(SITE, { hourlyPoints: 2 });
    scene.clock.now = NOON + HOUR_MS - 2_000;
    await scene.create(order("1"));
    await scene.create(order("2"));
    expect((await scene.create(order("3"))).status).toBe(402);
    expect((await scene.list({ orderNumber: "1" })).status).toBe(402);
    scene.clock.now = NOON + HOUR_MS - 1;
    expect((await scene.create(order("3"))).status).toBe(402);
    expect(scene.deal("3")).toBeUndefined();
    scene.clock.now = NOON + HOUR_MS;
    expect((await scene.create(order("3"))).status).toBe(200);
  });

  it("of the day come back at midnight of the site's zone", async () => {
    const scene = createScene();
    scene.sandbox.control.updateSite(SITE, { dailyPoints: 1 });
    await scene.create(order("1"));
    expect(scene.sandbox.control.points(SITE)).toEqual({ hourLeft: 8_999, dayLeft: 0 });
    const midnight = Date.UTC(2025, 4, 14, 21);
    scene.clock.now = midnight - 1;
    expect((await scene.create(order("2"))).status).toBe(429);
    scene.clock.now = midnight;
    expect((await scene.create(order("2"))).status).toBe(200);
  });

  it("cannot be overdrawn by simultaneous requests", async () => {
    const scene = createScene();
    scene.sandbox.control.updateSite(SITE, { hourlyPoints: 1 });
    const answers = await Promise.all([scene.create(order("1")), scene.create(order("2")), scene.create(order("3"))]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 429, 429]);
    expect(scene.sandbox.control.deals(SITE)).toHaveLength(1);
  });

  it("are refused in other words than a burst", async () => {
    const scene = createScene({ deleteUnknown: "ok" });
    await burst(scene, 10);
    const [rate] = await burst(scene, 1);
    scene.sandbox.control.updateSite(SITE, { hourlyPoints: 0 });
    expect((await scene.create(order("1"))).text).not.toBe(await rate?.text());
  });

  it.each<[object, object]>([
    [{}, { hourLeft: 9_000, dayLeft: 216_000 }],
    [{ hourlyPoints: 10 }, { hourLeft: 10, dayLeft: 240 }],
    [{ dailyPoints: 240 }, { hourLeft: 10, dayLeft: 240 }],
    [
      { hourlyPoints: 50, dailyPoints: 60 },
      { hourLeft: 50, dayLeft: 60 },
    ],
  ])("granted as %j make %j: an hour is a 24th of a day", (granted, left) => {
    const { control } = createScene().sandbox;
    control.addSite({ siteId: "2", token: "t", ...granted });
    expect(control.points("2")).toEqual(left);
  });
});
