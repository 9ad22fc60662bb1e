import { describe, expect, it } from "vitest";
import * as z from "zod";
import { MINUTE, storedDeal, visit, workOrder } from "../dispatcher/stage.ts";
import { createScene, SITE } from "../scene.ts";
import { dump } from "./stage.ts";

const SECRETS = [
  "9001234567",
  "900 123-45-67",
  "belozerov@example.com",
  "belozerov",
  "Белозёров",
  "Игорь",
  "Стук",
  "подвеск",
  SITE.token,
];
const hashesOf = (text = "[]") => z.array(z.string()).parse(JSON.parse(text));

describe("what identifies a person", () => {
  it.each([true, false])("is readable in no row and no log line, shown in the deal: %j", async (showContacts) => {
    const scene = await createScene({ connection: { settings: { showContacts } } });
    await scene.post([visit(1), workOrder(51, 1, { client: "Белозёров Игорь", phones: "8 900 123-45-67" })]);
    await scene.post([visit(2, { status: "" })]);
    scene.sandbox.control.fault({ kind: "resetAfterCommit", path: "create" });
    await scene.post([visit(3)]);
    await scene.run(MINUTE);
    await scene.post([visit(1, { emails: "new.address@example.com" })]);
    const stored = (await dump(scene.client)) + JSON.stringify(scene.logs);
    expect(stored.length).toBeGreaterThan(5_000);
    for (const secret of [...SECRETS, "new.address"]) {
      expect(stored.toLowerCase().includes(secret.toLowerCase())).toBe(false);
    }
  });

  it("does not stay behind when Calltouch repeats it in a refusal", async () => {
    const scene = await createScene();
    const { fetch } = scene.platform;
    scene.platform.fetch = async (request) => {
      if (!request.url.endsWith("/create")) return fetch(request);
      const error = "lead +7 (900) 123-45-67, belozerov@example.com not found, token site-token";
      return Response.json({ data: { orders: [{ orderNumber: "ПС000001", error }] } });
    };
    await scene.post([visit(1)]);
    await scene.run(MINUTE);
    expect(await storedDeal(scene.client, 1)).toMatchObject({ status: "dead", reason_code: "CALLTOUCH_REFUSED" });
    const stored = await dump(scene.client);
    for (const secret of ["123-45-67", "belozerov", SITE.token]) expect(stored.includes(secret)).toBe(false);
  });

  it("is recognised by stable hashes, one for each phone and e-mail, the same in every deal", async () => {
    const scene = await createScene();
    await scene.post([visit(1), visit(2, { phones: "+7 (900) 123-45-67" }), visit(3, { phones: "8 900 000-11-22" })]);
    const before = await Promise.all([1, 2, 3].map((n) => storedDeal(scene.client, n)));
    const [first, second, third] = before.map((row) => hashesOf(row?.contact_hashes));
    expect(first).toHaveLength(2);
    expect(second).toEqual(first ?? []);
    expect(third?.filter((hash) => first?.includes(hash))).toHaveLength(1);
    await scene.post([visit(1, { amount: 1 })]);
    expect(hashesOf((await storedDeal(scene.client, 1))?.contact_hashes)).toEqual(first ?? []);
  });

  it("reaches Calltouch all the same", async () => {
    const scene = await createScene();
    const id = scene.sandbox.control.addLead({
      siteId: SITE.siteId,
      kind: "call",
      at: Date.UTC(2026, 8, 12, 15),
      phones: ["79001234567"],
    });
    await scene.post([visit(1)]);
    expect(scene.sandbox.control.deals()[0]).toMatchObject({
      link: { kind: "call", id },
      comments: ["Стук в подвеске"],
    });
  });
});
