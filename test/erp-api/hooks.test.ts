/** Webhooks of MoySklad's: stored first and answered at once, believed in nothing but what they name, and never missed for long. */
import { describe, expect, it } from "vitest";
import { startBridge } from "../scene.ts";
import { createMoyskladScene, only } from "./stage.ts";

const MINUTE = 60_000;

async function createSold() {
  const scene = await createMoyskladScene();
  scene.callIn();
  await scene.settle();
  scene.clock.advance(MINUTE);
  scene.erp.clearRequests();
  return scene;
}

const events = async ({ client }: Pick<Awaited<ReturnType<typeof createSold>>, "client">) =>
  (await client.execute("SELECT key FROM hook_events")).rows.length;

describe("a webhook", () => {
  it("is stored before it is answered, and answered before anything is read", async () => {
    const scene = await createSold();
    scene.platform.sleep = () => new Promise(() => {});
    scene.move("Подтвержден");
    await scene.erp.hooksSent();
    expect(only(scene.erp.deliveries().filter(({ status }) => status === 204))).toMatchObject({ status: 204 });
    expect(await events(scene)).toBe(1);
    expect(scene.erp.requests()).toEqual([]);
  });

  it("of Calltouch's is stored before it is answered, and answered before anything is read", async () => {
    const scene = await createSold();
    scene.platform.sleep = () => new Promise(() => {});
    scene.callIn({ phones: ["79997654321"] });
    await scene.sandbox.control.hooksSent();
    expect(new Set(scene.sandbox.control.hooks().map(({ status }) => status))).toEqual(new Set([200]));
    expect((await scene.leads()).map(({ status }) => status)).toEqual(["placed", "due"]);
    expect(scene.erp.requests()).toEqual([]);
  });

  it.each([
    ["of another account", { kind: "webhookWrongAccount" }],
    ["that names a foreign address", { kind: "webhookForeignHref" }],
  ] as const)("%s is refused, nothing is asked for it, and the poll sees the change all the same", async (_, fault) => {
    const scene = await createSold();
    scene.erp.clearDeliveries();
    scene.erp.fault(fault);
    scene.move("Подтвержден");
    await scene.settle();
    expect(scene.erp.deliveries().map(({ status }) => status)).toEqual([403, 403, 403, 403]);
    expect(scene.erp.requests()).toEqual([]);
    expect(only(scene.deals()).status).toBe("PENDING");
    await scene.readLater();
    expect(only(scene.deals()).status).toBe("Подтвержден");
  });

  it.each(["webhookDuplicate", "webhookReorder", "webhookDrop", "webhookUnknownFields"] as const)(
    "with the fault %s leaves the deal as the order is",
    async (kind) => {
      const scene = await createSold();
      scene.erp.fault({ kind });
      scene.move("Подтвержден");
      scene.move("Выполнен");
      await scene.settle();
      await scene.readLater();
      expect(only(scene.deals())).toMatchObject({ status: "COMPLETED", creates: 1 });
    },
  );

  it("that comes while what it names is being read has it read again", async () => {
    const scene = await createSold();
    const { fetch } = scene.platform;
    let isMoved = false;
    scene.platform.fetch = async (request) => {
      const answer = await fetch(request);
      if (isMoved || !request.url.includes("/entity/customerorder?")) return answer;
      isMoved = true;
      // At the same instant, or by a clock that is behind: it is newer all the same.
      scene.move("Выполнен");
      await scene.erp.hooksSent();
      return answer;
    };
    scene.move("Подтвержден");
    await scene.settle();
    expect(only(scene.deals()).status).toBe("COMPLETED");
    expect(await events(scene)).toBe(0);
  });

  it("that comes to one process while another is at it is seen to by that one", async () => {
    const scene = await createSold();
    const other = await startBridge(scene.platform, scene.client);
    scene.move("Подтвержден");
    await Promise.all([scene.settle(), other.poll(), other.poll()]);
    await scene.settle();
    expect(only(scene.deals()).status).toBe("Подтвержден");
  });

  it("is not caused by what the bridge itself writes", async () => {
    const scene = await createMoyskladScene({ settings: { orders: "all" } });
    scene.erp.clearDeliveries();
    scene.callIn();
    await scene.settle();
    expect(scene.order().externalCode).toContain("ct:call:");
    expect(scene.erp.deliveries()).toEqual([]);
  });
});
