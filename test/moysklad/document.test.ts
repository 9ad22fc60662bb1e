import { describe, expect, it } from "vitest";
import { document, leadOf } from "../../adapters/moysklad/document.ts";
import { returnsOf } from "../../adapters/moysklad/returns.ts";
import { ORDER_ID, OTHER_ID, parseOrder, rawOrder, STATES } from "./orders.ts";

const BASE = "https://api.moysklad.ru/api/remap/1.2/entity";

describe("an order of MoySklad", () => {
  it.each([
    { externalCode: "ct:call:700112233", lead: { kind: "call", id: 700_112_233 } },
    { externalCode: "ct:request:1", lead: { kind: "request", id: 1 } },
    { externalCode: "ct:call:0", lead: undefined },
    { externalCode: "ct:chat:5", lead: undefined },
    { externalCode: "xct:call:5", lead: undefined },
    { externalCode: "ct:call:99999999999999999999", lead: undefined },
    { externalCode: null, lead: undefined },
  ])("knows its lead by $externalCode", ({ externalCode, lead }) => {
    expect(leadOf({ externalCode })).toEqual(lead);
  });

  it("is read without what its reader may not see: a reference then has only its id", () => {
    const href = `${BASE}/customerorder/metadata/states/${STATES.new.id}`;
    const order = parseOrder({ state: { meta: { href } }, owner: { meta: { href } }, agent: { meta: { href } } });
    expect(order.state).toEqual({ id: STATES.new.id, name: null, stateType: null });
    expect(order.owner).toEqual({ name: null });
    expect(order.agent).toMatchObject({ name: null, contactpersons: [] });
  });

  it("reads contact persons expanded, and as it has stored them itself", () => {
    const person = { name: "Ершова Марина", phone: "8-901-777-66-55", email: null };
    const expanded = parseOrder({ agent: { name: "ООО", contactpersons: { meta: { size: 1 }, rows: [person] } } });
    expect(expanded.agent?.contactpersons).toEqual([person]);
    expect(document.parse(expanded)).toEqual(expanded);
  });

  it.each([
    { id: "42" },
    { moment: "2026-02-30 10:00:00" },
    { updated: "22.11.2026" },
    { updated: null },
    { sum: "много" },
    { state: "Новый" },
    { deleted: "вчера" },
  ])("is refused in Russian when it cannot be told apart or placed in time: %j", (patch) => {
    const issues = document.safeParse(rawOrder(patch)).error?.issues ?? [];
    expect(issues.length).toBeGreaterThan(0);
    for (const { message } of issues) expect(message).toMatch(/^[А-ЯЁ]/);
  });
});

describe("what was brought and paid back", () => {
  const counted = { meta: { type: "salesreturn", href: `${BASE}/salesreturn/${OTHER_ID}` }, applicable: true };
  const refund = (type: string, target: string, linkedSum: number) => ({
    meta: { type, href: `${BASE}/${type}/${OTHER_ID}` },
    applicable: true,
    sum: 99_999,
    operations: [{ meta: { href: `${BASE}/customerorder/${target}` }, linkedSum }],
  });

  it("is nothing for an order that was not shipped, or whose shipments may not be seen", () => {
    const nothing = { returnedSum: null, refundedSum: null };
    expect(returnsOf({ id: ORDER_ID })).toEqual(nothing);
    expect(returnsOf({ id: ORDER_ID, demands: [{ meta: counted.meta }], payments: null })).toEqual(nothing);
    expect(returnsOf("garbage")).toEqual(nothing);
  });

  it("leaves out returns that are not posted or lie in the recycle bin", () => {
    const returns = [
      { ...counted, sum: 1_000, payedSum: 300 },
      { ...counted, sum: 20_000, payedSum: 20_000, applicable: false },
      { ...counted, sum: 300_000, payedSum: 0, deleted: "2026-11-21 10:00:00" },
    ];
    expect(returnsOf({ id: ORDER_ID, demands: [{ returns }] })).toEqual({ returnedSum: 1_000, refundedSum: 300 });
  });

  it("counts of a payment out only the part that is for this order, and no payment in", () => {
    const payments = [
      refund("cashout", ORDER_ID, 700),
      refund("cashout", OTHER_ID, 40),
      refund("paymentin", ORDER_ID, 5),
    ];
    expect(returnsOf({ id: ORDER_ID, payments })).toEqual({ returnedSum: null, refundedSum: 700 });
  });
});
