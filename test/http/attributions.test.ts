/** The feed of attributions: resumable, nothing skipped or repeated, and no word of anybody else's. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import type { Attribution } from "../../src/attribution/attribution.ts";
import { createDatabase } from "../../src/database/database.ts";
import { toDealStatus } from "../../src/http/deal-status.ts";
import { addCall, ask, PATH, toPage } from "../attribution/stage.ts";
import { guidOf, MINUTE, numberOf, visit, visits, workOrder } from "../dispatcher/stage.ts";
import { call, createScene, type Scene } from "../scene.ts";
import { bytesOf, expectError, expectReadable } from "./contract.ts";

/** Every deal the scene has is now known to come from there. */
async function learn(scene: Scene, changes: readonly { id: number; attribution: Attribution }[]): Promise<void> {
  const { attributions } = createDatabase(scene.client);
  const hold = { now: scene.clock.now(), heldUntil: scene.clock.now() + 1 };
  const ids = changes.map(({ id }) => id);
  await attributions.hold(scene.connectionId, ids, hold.heldUntil);
  const learnt = changes.map(({ id, attribution }) => ({
    id,
    step: 1,
    askAt: null,
    isRematch: false,
    changed: attribution,
  }));
  await attributions.save(learnt, hold);
}
const from = (source: string): Attribution => ({ matched: true, source });

/** Reads on from a cursor to the end. */
async function readAll(scene: Scene, body: Record<string, unknown>) {
  const seen: { guid: string; source?: unknown }[] = [];
  let pages = 0;
  for (let cursor = body["cursor"], more = true; more; pages += 1) {
    const answer = await ask(scene, { ...body, cursor });
    expectReadable(answer);
    const page = toPage(answer);
    expect(page.attributions.length > 0 || !page.more || body["includeUnmatched"] !== true).toBe(true);
    seen.push(...page.attributions.map(({ guid, source }) => ({ guid, source })));
    ({ cursor, more } = page);
    body = { ...body, cursor };
  }
  return { seen, cursor: body["cursor"], pages };
}

describe("the feed of attributions", () => {
  it("tells the source of a deal in words ready for the ERP, with the guids of all its documents", async () => {
    const scene = await createScene();
    const leadId = addCall(scene);
    await scene.post([visit(1), workOrder(51, 1)]);
    scene.clock.advance(6 * MINUTE);
    await scene.bridge.poll();
    const answer = await ask(scene);
    expectReadable(answer);
    expect(answer.body).toEqual({
      status: "ok",
      message: "Источники рекламы",
      requestId: answer.body["requestId"],
      attributions: [
        {
          guid: guidOf(1),
          guids: [guidOf(51)],
          orderNumber: numberOf(1),
          dealId: scene.deal(numberOf(1))?.calltouchOrderId,
          matched: true,
          source: "yandex",
          medium: "cpc",
          campaign: "Осенняя диагностика",
          keyword: "ремонт подвески",
          fullName: "yandex / cpc / Осенняя диагностика / ремонт подвески",
          leadKind: "call",
          leadId,
        },
      ],
      cursor: expect.any(String),
      more: false,
    });
  });

  it("leaves out what is unmatched unless it is asked for, and passes it by", async () => {
    const scene = await createScene();
    await scene.post(visits(3));
    await learn(scene, [
      { id: 1, attribution: from("a") },
      { id: 2, attribution: { matched: false } },
      { id: 3, attribution: from("b") },
    ]);
    expect((await readAll(scene, { limit: 1 })).seen.map(({ source }) => source)).toEqual(["a", "b"]);
    const whole = toPage(await ask(scene, { includeUnmatched: true }));
    expect(whole.attributions.map(({ matched }) => matched)).toEqual([true, false, true]);
  });

  it("gives a cursor that can be used also before anything is known, and when nothing is new", async () => {
    const scene = await createScene();
    await scene.post([visit(1)]);
    const empty = toPage(await ask(scene));
    expect(empty).toMatchObject({ attributions: [], more: false });
    await learn(scene, [{ id: 1, attribution: from("a") }]);
    for (const cursor of [undefined, null, "", empty.cursor]) {
      expect(toPage(await ask(scene, { cursor })).attributions).toHaveLength(1);
    }
    const { cursor } = toPage(await ask(scene));
    const again = toPage(await ask(scene, { cursor, limit: null, includeUnmatched: null }));
    expect(again).toMatchObject({ attributions: [], cursor, more: false });
  });

  it("skips nothing and repeats nothing, however changes and readings come between each other", async () => {
    const scene = await createScene();
    const count = 6;
    await scene.post(visits(count));
    const source = fc.constantFrom("a", "b", "c", "d");
    const change = fc.array(fc.record({ id: fc.integer({ min: 1, max: count }), source }), {
      minLength: 1,
      maxLength: 4,
    });
    const reading = fc.integer({ min: 1, max: 4 });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(change, reading), { maxLength: 30 }), async (events) => {
        await scene.client.execute("UPDATE deals SET attribution = NULL, attribution_seq = NULL");
        const now = new Map<string, string>();
        const pending = new Map<string, string>();
        let cursor: string | undefined;
        const read = async (limit: number) => {
          const page = toPage(await ask(scene, { cursor, limit }));
          cursor = page.cursor;
          expect(page.attributions.length).toBeLessThanOrEqual(limit);
          for (const { guid, source: shown } of page.attributions) {
            // Only what has changed since it was last seen, and as it is now.
            expect(shown).toBe(pending.get(guid));
            pending.delete(guid);
          }
          return page;
        };
        for (const event of events) {
          if (typeof event === "number") {
            await read(event);
            continue;
          }
          const changes = [...new Map(event.map((each) => [each.id, each.source]))];
          await learn(
            scene,
            changes.map(([id, text]) => ({ id, attribution: from(text) })),
          );
          for (const [id, text] of changes) {
            now.set(guidOf(id), text);
            pending.set(guidOf(id), text);
          }
        }
        while ((await read(2)).more);
        expect([...pending]).toEqual([]);
      }),
      { numRuns: 40, interruptAfterTimeLimit: 10_000, endOnFailure: true },
    );
  }, 30_000);

  it("goes on past more unmatched deals than one reading looks through", async () => {
    const scene = await createScene();
    await scene.post([visit(1)]);
    const columns =
      "connection_id, account_id, site_id, status, revision, writer, contact_hashes, changed_at, due_at, created_at";
    await scene.client.execute(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500)
      INSERT INTO deals (${columns}, key, attribution, attribution_seq)
      SELECT ${columns}, 'key-' || i, json_object('matched', json(CASE WHEN i = 2500 THEN 'true' ELSE 'false' END)), i FROM deals, n`);
    const { seen, pages } = await readAll(scene, {});
    expect(seen.map(({ guid }) => guid)).toEqual(["key-2500"]);
    expect(pages).toBe(3);
  });

  it("stops at 8 KB and says that there is more, and goes on where it stopped", async () => {
    const scene = await createScene();
    await scene.post(visits(60));
    const long = "Ю".repeat(2_000);
    const attribution = { matched: true, source: long, medium: long, campaign: long, term: '"'.repeat(2_000) };
    await learn(
      scene,
      Array.from({ length: 60 }, (_, index) => ({ id: index + 1, attribution })),
    );
    const first = await ask(scene);
    expect(bytesOf(first)).toBeLessThan(8_192);
    expect(toPage(first).more).toBe(true);
    const { seen, pages } = await readAll(scene, {});
    expect(new Set(seen.map(({ guid }) => guid)).size).toBe(60);
    expect(seen).toHaveLength(60);
    expect(pages).toBeGreaterThan(10);
  });
});

describe("a cursor", () => {
  it("of another connection, a forged or a broken one is refused, each in the same words", async () => {
    const scene = await createScene();
    await scene.post([visit(1)]);
    await learn(scene, [{ id: 1, attribution: from("a") }]);
    const { cursor } = toPage(await ask(scene));
    const { body } = await scene.admin("POST", "/connections", {
      adapter: "alfa-auto",
      name: "Другой",
      accountId: scene.accountId,
    });
    const other = { authorization: `Bearer ${z.string().parse(body["key"])}` };
    const foreign = await call(scene.bridge, "POST", PATH, other, { cursor });
    const wrong = [
      "0",
      "x",
      "1.",
      ".",
      "99999999999999999999.x",
      cursor.slice(0, -1),
      `${cursor}x`,
      `1${cursor}`,
      7,
      {},
      [cursor],
      true,
    ];
    const answers = [foreign, ...(await Promise.all(wrong.map((given) => ask(scene, { cursor: given }))))];
    for (const answer of answers) {
      expectError(answer, 422, "CURSOR");
      expect(answer.body["message"]).toBe(foreign.body["message"]);
    }
    expect(toPage(await call(scene.bridge, "POST", PATH, other, {})).attributions).toEqual([]);
  });

  it("from ahead of the feed is refused, too: the database has been put back to an older state", async () => {
    const scene = await createScene();
    await scene.post(visits(2));
    await learn(scene, [
      { id: 1, attribution: from("a") },
      { id: 2, attribution: from("b") },
    ]);
    const { cursor } = toPage(await ask(scene));
    await scene.client.execute("UPDATE deals SET attribution = NULL, attribution_seq = NULL WHERE id = 2");
    expectError(await ask(scene, { cursor }), 422, "CURSOR");
    expect(toPage(await ask(scene)).attributions).toHaveLength(1);
  });

  it.each([
    ["limit", { limit: 0 }],
    ["limit", { limit: 101 }],
    ["limit", { limit: 1.5 }],
    ["limit", { limit: "10" }],
    ["includeUnmatched", { includeUnmatched: "да" }],
  ])("beside a wrong %s is not read: %j", async (field, body) => {
    const answer = await ask(await createScene(), body);
    expectError(answer, 400, "FORMAT");
    expect(answer.body["message"]).toContain(field);
  });
});

describe("the state of a deal", () => {
  it("shows its source as the feed does", () => {
    const row = {
      orderNumber: null,
      status: "delivered",
      reasonCode: null,
      reason: null,
      calltouchId: null,
      delivered: null,
    } as const;
    const known: Attribution = {
      matched: true,
      source: "yandex",
      medium: "cpc",
      keyword: "шины",
      lead: { kind: "chat" },
    };
    expect(toDealStatus("g", { ...row, attribution: JSON.stringify(known) })).toMatchObject({
      attribution: { matched: true, source: "yandex", medium: "cpc", keyword: "шины", fullName: "yandex / cpc / шины" },
    });
    expect(toDealStatus("g", { ...row, attribution: null })).not.toHaveProperty("attribution");
  });
});
