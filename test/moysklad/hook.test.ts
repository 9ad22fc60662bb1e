import { describe, expect, it } from "vitest";
import { parseKeys, readHook } from "../../adapters/moysklad/hook.ts";
import { ORDER_ID, OTHER_ID } from "./orders.ts";

const ACCOUNT = "c0c0c0c0-0000-11f1-0a80-000000000001";
const BASE = "https://api.moysklad.ru/api/remap/1.2";
const memory = { accountId: ACCOUNT, baseUrl: BASE };

function event(type: string, id: string, patch: Record<string, unknown> = {}) {
  const meta = { type, href: `${BASE}/entity/${type}/${id}` };
  return { meta, action: "UPDATE", accountId: ACCOUNT, ...patch };
}

describe("a webhook of MoySklad", () => {
  it("names each order and payment once, and nothing of other kinds", () => {
    const events = [
      event("customerorder", ORDER_ID.toUpperCase(), { updatedFields: ["state"] }),
      event("customerorder", ORDER_ID),
      event("paymentin", OTHER_ID),
      event("product", OTHER_ID),
    ];
    expect(readHook({ auditContext: { uid: "admin@shop" }, events }, memory)).toEqual({
      kind: "keys",
      keys: [`customerorder:${ORDER_ID}`, `paymentin:${OTHER_ID}`],
    });
  });

  it.each([
    { title: "of another account", events: [event("customerorder", ORDER_ID, { accountId: OTHER_ID })] },
    {
      title: "of which one event is of another account",
      events: [event("customerorder", ORDER_ID), event("customerorder", OTHER_ID, { accountId: OTHER_ID })],
    },
    { title: "with a foreign address", events: [forged(`https://evil.example/entity/customerorder/${ORDER_ID}`)] },
    { title: "with a host that only begins like ours", events: [forged(`${BASE}.evil.example/${ORDER_ID}`)] },
    { title: "with a way out of the address", events: [forged(`${BASE}/../../entity/customerorder/${ORDER_ID}`)] },
    { title: "with more behind the id", events: [forged(`${BASE}/entity/customerorder/${ORDER_ID}/positions`)] },
    { title: "with a user before the host", events: [forged(`https://api.moysklad.ru@evil.example/${ORDER_ID}`)] },
    { title: "with an address of another kind", events: [forged(`${BASE}/entity/paymentin/${ORDER_ID}`)] },
    { title: "with no id", events: [forged(`${BASE}/entity/customerorder/42`)] },
  ])("$title is refused as a whole", ({ events }) => {
    expect(readHook({ events }, memory).kind).toBe("refused");
  });

  const garbage = [undefined, null, "", 42, [], {}, { events: {} }, { events: [null] }, { events: [{ meta: {} }] }];
  it.each(garbage.map((body, index) => ({ index, body })))(
    "that is garbage is refused without throwing ($index)",
    ({ body }) => {
      expect(readHook(body, memory).kind).toBe("refused");
    },
  );

  it.each([undefined, null, {}, { accountId: ACCOUNT }, { baseUrl: BASE }])(
    "is refused while it is not known whose it should be: %j",
    (unknown) => {
      expect(readHook({ events: [event("customerorder", ORDER_ID)] }, unknown).kind).toBe("refused");
    },
  );

  it("gives keys that read back, and only those do", () => {
    const keys = [`customerorder:${ORDER_ID}`, "customerorder:../x", `webhook:${ORDER_ID}`, "", "customerorder"];
    expect([...parseKeys(keys)]).toEqual([["customerorder", new Set([ORDER_ID])]]);
  });
});

function forged(href: string) {
  return event("customerorder", ORDER_ID, { meta: { type: "customerorder", href } });
}
