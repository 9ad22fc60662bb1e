/** Hundreds of orders changed at once: nobody else waits for them, and each has its own date. */
import { describe, expect, it } from "vitest";
import { createMoyskladScene, PHONE } from "./stage.ts";

const ORDERS = 300;
const SECOND = 1_000;

async function createChanged(moysklad: boolean) {
  const scene = await createMoyskladScene({ settings: { orders: "all" }, hooks: { calltouch: true, moysklad } });
  const agentId = scene.erp.addCounterparty({ name: "Пётр", phone: "+79990000000" });
  const ids = Array.from({ length: ORDERS }, () => scene.erp.addOrder({ agentId, sum: 5_000 }));
  await scene.settle();
  await scene.readLater();
  scene.clock.advance(60 * SECOND);
  scene.erp.clearRequests();
  const { fetch } = scene.platform;
  let calledAt: number | undefined;
  scene.platform.fetch = async (request) => {
    const answer = await fetch(request);
    scene.clock.advance(100);
    if (calledAt === undefined && scene.erp.requests().length >= 30) {
      calledAt = scene.clock.now();
      scene.callIn({ phones: [PHONE] });
      await scene.sandbox.control.hooksSent();
    }
    return answer;
  };
  const changedAt = scene.clock.now();
  for (const id of ids) scene.erp.changeOrder(id, { stateId: scene.states.Выполнен });
  // A second change, which is not that of the state.
  scene.clock.advance(30 * SECOND);
  for (const id of ids) scene.erp.changeOrder(id, { sum: 7_000 });
  await scene.settle();
  await scene.live(10 * 60 * SECOND, SECOND);
  return { ...scene, changedAt, waitedMs: placedAt() - (calledAt ?? 0) };

  function placedAt(): number {
    const requests = scene.erp.requests();
    const made = requests.find(({ method, path }) => method === "POST" && path === "/entity/customerorder");
    return made?.at ?? Number.POSITIVE_INFINITY;
  }
}

describe.each([
  ["by webhook", true],
  ["by the poll alone", false],
] as const)("of hundreds of orders changed at once, told of %s,", (_, moysklad) => {
  it("each deal has the date its state changed, and a client who calls meanwhile does not wait for them", async () => {
    const scene = await createChanged(moysklad);
    expect(scene.waitedMs).toBeLessThan(10 * SECOND);
    const done = scene.deals().filter(({ status }) => status === "COMPLETED");
    expect(done.length).toBe(ORDERS);
    const dates = new Set(done.map(({ statusAt, revenue }) => `${statusAt} ${revenue}`));
    expect(dates).toEqual(new Set([`${Math.floor(scene.changedAt / SECOND) * SECOND} 70.00`]));
    expect(scene.erp.requests().filter(({ status }) => status !== 200)).toEqual([]);
  }, 60_000);
});
