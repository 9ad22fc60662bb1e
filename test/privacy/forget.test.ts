import { describe, expect, it } from "vitest";
import { adapters } from "../../adapters/index.ts";
import { createDatabase } from "../../src/database/database.ts";
import type { Contacts } from "../../src/deal.ts";
import { type ForgetRequest, forget } from "../../src/forget.ts";
import { mentions } from "../../src/mention.ts";
import { guidOf, MINUTE, visit, withoutDispatch, workOrder } from "../dispatcher/stage.ts";
import { createScene, type Scene } from "../scene.ts";
import { contactHashes, DAYS_90, opened, openSceneVault } from "./stage.ts";

const PHONE: Contacts = { phones: ["79001234567"], emails: [] };
const EMAIL: Contacts = { phones: [], emails: ["belozerov@example.com"] };
const PERSONAL = ["79001234567", "belozerov@example.com", "Белозёров", "Стук в подвеске"];
const NONE = { deals: 0, documents: 0, leads: 0, unreadable: 0 };
const stranger = { client: "Громова Анна", phones: "8 900 000-11-22", emails: "gromova@example.com" };

async function forgetIn(scene: Scene, contacts: Contacts, more: Partial<ForgetRequest> = {}) {
  const database = createDatabase(scene.client);
  const known = new Map(adapters.map((adapter) => [adapter.id, adapter]));
  const vault = await openSceneVault(scene);
  return forget({ database, vault, adapters: known }, { contacts, isDeep: false, isDryRun: false, ...more });
}

describe("a person", () => {
  it.each([
    ["phone", PHONE],
    ["e-mail", EMAIL],
  ])("is erased by %s from every deal and document, and others are left alone", async (_, contacts) => {
    const scene = await createScene();
    await scene.post([visit(1), workOrder(51, 1), visit(2), visit(3, stranger)]);
    expect(await forgetIn(scene, contacts)).toEqual({ found: { ...NONE, deals: 2, documents: 2 }, left: NONE });
    const rest = await opened(scene);
    for (const each of PERSONAL) expect(rest.split(each).length - 1).toBe(each === "Стук в подвеске" ? 2 : 0);
    for (const each of ["79000001122", "gromova@example.com", "Громова Анна"]) expect(rest).toContain(each);
    expect(await contactHashes(scene)).toHaveLength(2);
    expect(await forgetIn(scene, contacts, { isDeep: true })).toEqual({ found: NONE, left: NONE });
  });

  it("is only counted in a dry run", async () => {
    const scene = await createScene();
    await scene.post([visit(1)]);
    const before = await opened(scene);
    const traces = { ...NONE, deals: 1, documents: 1 };
    expect(await forgetIn(scene, PHONE, { isDryRun: true })).toEqual({ found: traces, left: traces });
    expect(await opened(scene)).toBe(before);
  });

  it("is not there: nothing is found, and nothing is left", async () => {
    const scene = await createScene();
    await scene.post([visit(3, stranger)]);
    expect(await forgetIn(scene, PHONE, { isDeep: true })).toEqual({ found: NONE, left: NONE });
    expect(await opened(scene)).toContain("79000001122");
  });

  it("whose contacts never reached the deal is found by opening every document", async () => {
    const scene = await createScene();
    await scene.post([
      visit(1, { client: "Частное лицо" }),
      visit(2, { ...stranger, reason: "Перезвонить на 8 (900) 123-45-67 после шести" }),
      visit(3, stranger),
    ]);
    expect(await forgetIn(scene, PHONE)).toEqual({ found: NONE, left: NONE });
    let seen = 0;
    const progress = (documents: number) => {
      seen = documents;
    };
    expect(await forgetIn(scene, PHONE, { isDeep: true, progress })).toEqual({
      found: { ...NONE, deals: 2, documents: 2 },
      left: NONE,
    });
    expect(seen).toBe(3);
    const rest = await opened(scene);
    expect(rest).not.toContain("79001234567");
    expect(rest).not.toContain("123-45-67");
    expect(rest).toContain("Громова Анна");
  });

  it("of whom only a hash is left is no longer recognised", async () => {
    const scene = await createScene();
    await scene.post([visit(1)]);
    scene.clock.advance(DAYS_90 + MINUTE);
    await scene.bridge.tick();
    expect(await contactHashes(scene)).toHaveLength(2);
    expect(await forgetIn(scene, PHONE)).toEqual({ found: { ...NONE, deals: 1 }, left: NONE });
    expect(await contactHashes(scene)).toEqual([]);
  });

  it("who is forgotten while the deal waits does not keep it from being sent", async () => {
    const scene = await createScene();
    await withoutDispatch(scene.platform, () => scene.post([visit(1)]));
    expect((await forgetIn(scene, PHONE)).left).toEqual(NONE);
    await scene.run(MINUTE);
    expect(scene.deal("ПС000001")).toMatchObject({ creates: 1, revenue: "12500.50", comments: [] });
  });

  it("does not come back with the same document, and the deal goes on", async () => {
    const scene = await createScene();
    await scene.post([visit(1)]);
    await forgetIn(scene, PHONE);
    expect(await scene.post([visit(1)])).toMatchObject([{ result: "unchanged" }]);
    await scene.post([workOrder(51, 1, { reason: "" })]);
    await scene.run(MINUTE);
    expect(scene.deal("ПС000001")).toMatchObject({ status: "В работе", creates: 1 });
    const rest = await opened(scene);
    for (const each of PERSONAL) expect(rest).not.toContain(each);
  });

  it("is not said to be forgotten while a document cannot be opened", async () => {
    const scene = await createScene();
    await scene.post([visit(1), workOrder(51, 1)]);
    const sql = "UPDATE documents SET sealed = 'c3BvaWx0c3BvaWx0c3BvaWx0c3BvaWx0' WHERE guid = ?";
    await scene.client.execute({ sql, args: [guidOf(51)] });
    const { left } = await forgetIn(scene, PHONE);
    expect(left).toEqual({ ...NONE, unreadable: 1 });
    expect(await contactHashes(scene)).toEqual([]);
  });

  it("is erased from more deals than one page holds", async () => {
    const scene = await createScene();
    await scene.post(Array.from({ length: 100 }, (_, index) => visit(index + 1)));
    await scene.post(Array.from({ length: 30 }, (_, index) => visit(index + 101)));
    await scene.run(MINUTE);
    const { found, left } = await forgetIn(scene, PHONE);
    expect(found.deals).toBe(130);
    expect(left).toEqual(NONE);
  });
});

describe("a mention of a contact", () => {
  it.each([
    ["79001234567", true],
    ["тел. +7 (900) 123-45-67, Игорь", true],
    ["8-900-123-45-67", true],
    ["900 123 45 67", true],
    ["8.900.123.45.67", true],
    ["79001234568", false],
    ["Belozerov@Example.com", true],
    ["пишите belozerov@example.com!", true],
    ["other@example.com", false],
    ["", false],
  ])("in %j is seen: %j", (text, isSeen) => {
    const contacts = { ...PHONE, emails: EMAIL.emails };
    expect(mentions({ a: [{ b: text }, null, 1, true] }, contacts)).toBe(isSeen);
  });

  it("is seen in a number too", () => {
    expect(mentions([79001234567], PHONE)).toBe(true);
  });
});
