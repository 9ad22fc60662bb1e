import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createOrder, type DealChange, updateOrder } from "../../src/calltouch/order.ts";
import { toCreateOrder, toUpdateOrder } from "../../src/calltouch/wire.ts";
import { contacts, type Deal, deal } from "../../src/deal.ts";

const NOW = Date.UTC(2026, 0, 1);
const zones = fc.constantFrom("Europe/Moscow", "Asia/Kamchatka", "Europe/Kaliningrad");
const instants = fc.integer({ min: 0, max: 4_102_444_800_000 });
const kopecks = fc.integer({ min: -1e15, max: 1e15 });
/** Any characters, halves of characters included. */
const texts = fc.oneof(
  fc.string({ unit: "binary", minLength: 1, maxLength: 600 }),
  fc
    .array(fc.constantFrom("a", "\ud83d", "\ude00", "😀", "я"), { minLength: 1, maxLength: 400 })
    .map((all) => all.join("")),
);
const phones = fc.array(fc.stringMatching(/^7\d{10}$/), { maxLength: 4 });
const emails = fc.array(fc.emailAddress({ size: "small" }), { maxLength: 3 });
const people = fc.record({ name: texts, phones, emails }, { requiredKeys: ["phones", "emails"] });
const fields = fc.array(fc.record({ field: texts, value: fc.string() }), { maxLength: 3 });
const tags = fc.array(texts, { maxLength: 4 });

const deals: fc.Arbitrary<Deal> = fc.record(
  {
    orderNumber: fc.string({ minLength: 1, maxLength: 100 }),
    orderAt: instants,
    matching: fc.record(
      {
        at: instants,
        typeToMatch: fc.constantFrom("nearest" as const, "nearestUniq" as const),
        searchDepthMinutes: fc.integer({ min: 1, max: 262_800 }),
        leadTags: tags,
        lead: fc.record({ kind: fc.constantFrom("call" as const, "request" as const), id: fc.integer({ min: 1 }) }),
        customSource: fc.record(
          { source: texts, medium: texts, campaign: texts, content: texts, term: texts },
          { requiredKeys: ["source", "medium"] },
        ),
      },
      { requiredKeys: ["at", "typeToMatch", "searchDepthMinutes", "leadTags", "customSource"] },
    ),
    status: texts,
    statusAt: instants,
    changedAt: instants,
    currency: texts,
    revenueKopecks: kopecks,
    marginKopecks: kopecks,
    manager: texts,
    funnel: texts,
    orderName: texts,
    orderLink: fc.webUrl(),
    tags,
    customFields: fields,
    products: fc.array(
      fc.record(
        { name: texts, priceKopecks: kopecks, quantity: fc.integer({ min: 1 }), category: texts, brand: texts },
        { requiredKeys: ["name", "priceKopecks", "quantity"] },
      ),
      { maxLength: 2 },
    ),
    showContacts: fc.boolean(),
    contacts: people,
    comment: texts,
  },
  {
    requiredKeys: [
      "orderNumber",
      "orderAt",
      "matching",
      "status",
      "statusAt",
      "changedAt",
      "tags",
      "customFields",
      "products",
      "showContacts",
      "contacts",
    ],
  },
);

const changes: fc.Arbitrary<DealChange> = fc.record(
  {
    orderNumber: fc.string({ minLength: 1, maxLength: 100 }),
    updateAt: instants,
    status: fc.record({ text: texts, at: instants }),
    revenueKopecks: kopecks,
    marginKopecks: kopecks,
    manager: texts,
    funnel: texts,
    orderName: texts,
    orderLink: fc.webUrl(),
    addedTags: tags,
    customFields: fields,
    contacts: people,
  },
  { requiredKeys: ["orderNumber", "updateAt"] },
);

/** Paths of everything that must not be on the wire: nulls, empty lists, empty objects, undefined, broken characters. */
function faultsIn(value: unknown, path = "$"): string[] {
  if (value === null || value === undefined || value === "") return [path];
  if (typeof value === "string") return value.isWellFormed() ? [] : [path];
  if (typeof value !== "object") return [];
  const entries = Object.entries(value);
  if (entries.length === 0) return [path];
  return entries.flatMap(([key, inner]) => faultsIn(inner, `${path}.${key}`));
}

function datesIn(value: unknown): string[] {
  const found = JSON.stringify(value).match(/"(?:date|statusDate|orderDate|updateDate)":"[^"]+"/g) ?? [];
  return found.map((each) => each.replace(/^.*"(\d\d)-(\d\d)-(\d{4}) (.*)"$/, "$3-$2-$1T$4Z"));
}

const run = { numRuns: 300, interruptAfterTimeLimit: 3_000, endOnFailure: true };

describe("any deal", () => {
  it("becomes a request without nulls, empty lists, broken characters or anything too long", () => {
    fc.assert(
      fc.property(deals, zones, (made, timeZone) => {
        fc.pre(deal.safeParse(made).success);
        const order = toCreateOrder(made, { timeZone, now: NOW });
        expect(faultsIn({ ...order, orderNumber: "1" })).toEqual([]);
        expect(createOrder.safeParse(order).error).toBeUndefined();
        expect(order.matching.at(-1)?.type).toBe("customSources");
      }),
      run,
    );
  });

  it("becomes the same request each time and is itself left as it was", () => {
    fc.assert(
      fc.property(deals, (made) => {
        const before = structuredClone(made);
        const context = { timeZone: "Europe/Moscow", now: NOW };
        expect(toCreateOrder(made, context)).toEqual(toCreateOrder(made, context));
        expect(made).toEqual(before);
      }),
      { ...run, numRuns: 50 },
    );
  });

  it("has no date after now in its request", () => {
    fc.assert(
      fc.property(deals, instants, (made, now) => {
        const dates = datesIn(toCreateOrder(made, { timeZone: "UTC", now }));
        expect(dates.length).toBeGreaterThanOrEqual(2);
        for (const date of dates) expect(Date.parse(date)).toBeLessThanOrEqual(now);
      }),
      run,
    );
  });
});

describe("any change", () => {
  it("becomes an update without nulls, empty lists, broken characters or anything too long", () => {
    fc.assert(
      fc.property(changes, zones, (change, timeZone) => {
        fc.pre(!change.contacts || contacts.safeParse(change.contacts).success);
        const order = toUpdateOrder(change, { timeZone, now: NOW });
        expect(faultsIn({ ...order, orderNumber: "1" })).toEqual([]);
        expect(updateOrder.safeParse(order).error).toBeUndefined();
      }),
      run,
    );
  });
});
