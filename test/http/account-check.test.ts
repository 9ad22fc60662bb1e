/** An operator asks whether an account is right, most of all when it is not. */
import { describe, expect, it } from "vitest";
import { createScene, SITE } from "../scene.ts";

const check = async ({ admin, accountId }: Awaited<ReturnType<typeof createScene>>) =>
  (await admin("POST", `/accounts/${accountId}/check`)).body;

describe("the check of an account", () => {
  it.each([{ tokenRevoked: true }, { apiEnabled: false }])("names what to look at: %j", async (patch) => {
    const scene = await createScene();
    scene.sandbox.control.updateSite(SITE.siteId, patch);
    const { ok, problems } = await check(scene);
    expect(ok).toBe(false);
    expect(String(problems)).toContain("«Передавать данные по API»");
  });

  it("asks Calltouch now, also while the account is paused for what was wrong before", async () => {
    const scene = await createScene();
    const { updateSite, requests } = scene.sandbox.control;
    await scene.client.execute({
      sql: "UPDATE accounts SET pause = 'unauthorized', paused_until = ?",
      args: [scene.clock.now() + 300_000],
    });
    expect(await check(scene)).toMatchObject({ ok: true, problems: [] });
    updateSite(SITE.siteId, { apiEnabled: false });
    expect(await check(scene)).toMatchObject({ ok: false });
    expect(requests()).toHaveLength(2);
  });
});
