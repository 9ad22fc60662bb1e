/** Two firms on one bridge: whatever one asks for with the other's ids is answered as if the other were not there. */
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { ACTIONS } from "../../src/actions/action.ts";
import { appointment, order } from "../adapters/alfa-auto-documents.ts";
import { addCall } from "../attribution/stage.ts";
import { guidOf, MINUTE, numberOf, visit, workOrder } from "../dispatcher/stage.ts";
import { resultsOf } from "../http/contract.ts";
import { type Route, readRoutes } from "../http/route-table.ts";
import { type Answer, type Scene, SITE } from "../scene.ts";
import { createFirms, type Firm, OTHER_SITE } from "./firms.ts";
import { fill, nameOf } from "./routes.ts";

/** What somebody has and another one might name. */
interface Names {
  guids: readonly string[];
  ids: readonly string[];
  /** Where the reading of attributions stands. */
  cursors: readonly string[];
}

const PERIOD = { from: "2026-09-01", to: "2026-10-01" };

/** Which bodies each route of ERPs gets. A new route has to be added here before it is let pass. */
const ERP_BODIES: Record<string, (names: Names) => unknown[]> = {
  "GET /v1/ping": () => [undefined],
  "POST /v1/:adapter/documents": ({ guids }) =>
    guids.flatMap((guid) => [
      { documents: [{ ...appointment, guid, number: `Ч-${guid}` }] },
      { documents: [{ ...order, guid, number: `Ч-${guid}`, deleted: true }] },
      { documents: [{ ...order, guid, number: `Ч-${guid}` }], mode: "manual" },
    ]),
  "POST /v1/:adapter/deals/status": ({ guids }) => [{ guids }, ...guids.map((guid) => ({ guids: [guid] }))],
  "POST /v1/:adapter/deals/actions": ({ guids }) =>
    ACTIONS.flatMap((action) => guids.map((guid) => ({ action, guids: [guid] }))),
  "POST /v1/:adapter/attributions": ({ cursors }) => [
    { includeUnmatched: true },
    ...cursors.map((cursor) => ({ cursor, includeUnmatched: true })),
  ],
  "POST /v1/:adapter/jobs": () => [{ ...PERIOD, actions: ["create", "update", "attribution"] }],
  "GET /v1/:adapter/jobs": () => [undefined],
  "GET /v1/:adapter/jobs/:id": () => [undefined],
  "POST /v1/:adapter/jobs/:id/cancel": () => [{}],
};
/** What else may stand in the address of a route. */
const QUERIES: Record<string, readonly string[]> = { "POST /v1/:adapter/documents": ["?explain=1", ""] };
/** Open to whoever knows an address that nobody can make; walked like all others, with ids in the place of the secret. */
const HOOKS = ["GET /hooks/calltouch/:secret", "POST /hooks/calltouch/:secret", "POST /hooks/:adapter/:secret"];
/** For whoever asks, and about the bridge as a whole. */
const OPEN = ["GET /healthz", "GET /readyz"];

/** The answer with what the caller said itself, its own deals' ids in Calltouch and the request's own id made alike. */
function toComparable(scene: Scene, { status, text }: Answer, { guids, ids }: Names): string {
  let plain = text
    .replace(/"requestId":"[0-9a-f]{16}"|"serverTime":"[^"]*"/g, "")
    .replace(/"cursor":"(\d+)\.[^"]*"/g, "own cursor $1");
  for (const [index, guid] of guids.entries()) plain = plain.replaceAll(guid, `guid-${index}`);
  for (const [index, id] of ids.entries()) plain = plain.replaceAll(`"${id}"`, `id-${index}`);
  for (const { calltouchOrderId } of scene.sandbox.control.deals(OTHER_SITE.siteId)) {
    plain = plain.replaceAll(`"dealId":${calltouchOrderId}`, "own deal");
  }
  // Of a job that was started just now: another one would be one more.
  plain = plain.replace(/"id":"[0-9a-f]{16}"/g, "own job");
  return `${status} ${plain}`;
}

/** Everything this firm can ask for with these names, under each of the places a key may stand in. */
async function askEverything(scene: Scene, firm: Firm, names: Names): Promise<string[]> {
  const answers: string[] = [];
  const ask = async (route: Route, path: string, body: unknown, headers: Record<string, string> = {}) => {
    // Nothing that counts tries within a time stands between the answers.
    scene.clock.advance(3_600_000);
    const answer = await firm.call(route.method, path, body, headers);
    await scene.idle();
    if (!OPEN.includes(nameOf(route)) && !(nameOf(route) in ERP_BODIES))
      expect([401, 403, 404]).toContain(answer.status);
    answers.push(`${nameOf(route)} ${toComparable(scene, answer, names)}`);
  };
  for (const route of await readRoutes(scene)) {
    const bodies = ERP_BODIES[nameOf(route)]?.(names) ?? [route.method === "GET" ? undefined : { ids: names.ids }];
    for (const id of route.path.replace(":adapter", "").includes(":") ? names.ids : [""]) {
      const path = fill(route.path, (parameter) => (parameter === "adapter" ? "alfa-auto" : id));
      for (const query of QUERIES[nameOf(route)] ?? [""]) {
        for (const body of bodies) await ask(route, `${path}${query}`, route.method === "GET" ? undefined : body);
      }
      if (route.path.startsWith("/admin")) await ask(route, path, undefined, { "x-api-key": firm.key });
    }
  }
  return answers;
}

async function namesOf(scene: Scene, firm: Firm, guids: readonly string[]): Promise<Names> {
  const { rows } = await scene.client.execute({
    sql: `SELECT CAST(id AS TEXT) AS id FROM deals WHERE connection_id = ?1
          UNION ALL SELECT id FROM erp_keys WHERE connection_id = ?1
          UNION ALL SELECT id FROM jobs WHERE connection_id = ?1
          UNION ALL SELECT id FROM rules WHERE connection_id = ?1
          UNION ALL SELECT CAST(id AS TEXT) FROM leads WHERE connection_id = ?1`,
    args: [firm.connectionId],
  });
  const ids = z
    .array(z.object({ id: z.string() }))
    .parse(rows)
    .map(({ id }) => id);
  const { body } = await firm.call("POST", "/v1/alfa-auto/attributions", { includeUnmatched: true });
  return { guids, ids: [firm.connectionId, firm.accountId, ...ids], cursors: [z.string().parse(body["cursor"])] };
}

/** The first firm has deals, an attribution that is known, a job under way, an exchange rule and a lead. */
async function createBusyFirms() {
  const firms = await createFirms();
  const { scene, first } = firms;
  addCall(scene);
  await first.post([visit(1), workOrder(51, null)]);
  scene.clock.advance(6 * MINUTE);
  await scene.bridge.poll();
  await scene.idle();
  await first.call("POST", "/v1/alfa-auto/jobs", { ...PERIOD, actions: ["attribution"] });
  await scene.admin("POST", `/connections/${first.connectionId}/rules`, { funnel: "Сервис" });
  await scene.client.execute({
    sql: `INSERT INTO leads (id, connection_id, kind, lead_id, at, status, contact_hashes, due_at, received_at)
          VALUES (4711, ?, 'call', 7, 0, 'dead', '[]', 0, 0)`,
    args: [first.connectionId],
  });
  const theirs = await namesOf(scene, first, [guidOf(1), guidOf(51)]);
  return { ...firms, theirs, before: [await firms.rowsOfFirst(), firms.dealsOfFirst()] };
}

describe("two firms on one bridge", () => {
  it("every route either belongs to the operator, tells nothing of anybody, or is walked below", async () => {
    const { scene } = await createFirms();
    const routes = (await readRoutes(scene)).map(nameOf);
    expect(routes.length).toBeGreaterThan(10);
    const forErps = routes.filter((route) => !/^\w+ \/admin(\/|$)/.test(route) && ![...OPEN, ...HOOKS].includes(route));
    expect(HOOKS.filter((route) => !routes.includes(route))).toEqual([]);
    expect(forErps.sort()).toEqual(Object.keys(ERP_BODIES).sort());
  });

  it("about the other's ids, guids, cursors, jobs, rules and leads every route answers, byte for byte, as about what never existed", async () => {
    const { scene, other, theirs, before, rowsOfFirst, dealsOfFirst } = await createBusyFirms();
    expect(theirs.ids.length).toBeGreaterThanOrEqual(8);
    expect(theirs.ids).toContain("4711");
    expect(theirs.cursors[0]).toMatch(/^[1-9]/);
    const answers = await askEverything(scene, other, theirs);
    expect([await rowsOfFirst(), dealsOfFirst()]).toEqual(before);
    // Asked in a world of its own, where nothing stands there because it was asked for before.
    const same = await createBusyFirms();
    const nobodys = {
      guids: [guidOf(901), guidOf(951)],
      ids: theirs.ids.map((_, index) => `9990000${index}`),
      cursors: ["7.AAAAAAAAAAAAAAAAA"],
    };
    expect(answers).toEqual(await askEverything(same.scene, same.other, nobodys));
  });

  it("an answer to one firm never holds a name, an id, a number or a contact of the other", async () => {
    const { scene, first, other } = await createFirms();
    await first.post([visit(1)]);
    const answers = [
      await other.call("GET", "/v1/ping"),
      await other.call("POST", "/v1/alfa-auto/deals/status", { guids: [guidOf(1)] }),
      await other.post([visit(1)]),
      await other.call("GET", "/healthz"),
      await other.call("GET", "/readyz"),
    ];
    const [theirDeal] = scene.sandbox.control.deals(SITE.siteId);
    expect(theirDeal?.calltouchOrderId).toBeGreaterThan(0);
    for (const { text } of answers) {
      for (const secret of [
        first.connectionId,
        first.accountId,
        SITE.siteId,
        "Наш кабинет",
        "Белозёров",
        "9001234567",
      ]) {
        expect(text).not.toContain(secret);
      }
      expect(text).not.toContain(`"dealId":${theirDeal?.calltouchOrderId}`);
    }
  });

  it("documents with the other's guids, bases and numbers become deals of one's own and touch nothing of the other", async () => {
    const { scene, first, other, rowsOfFirst, dealsOfFirst } = await createFirms();
    await first.post([visit(1), visit(2), workOrder(51, 1)]);
    const before = [await rowsOfFirst(), dealsOfFirst()];
    const answer = await other.post([
      visit(1, { status: "Чужой", statusDate: "2026-11-20T10:00:00", changedAt: "2026-11-20T10:00:00" }),
      workOrder(51, 2, { amount: 1 }),
      workOrder(52, 1, { amount: 2 }),
      visit(7, { number: numberOf(2) }),
      visit(2, { deleted: true }),
    ]);
    expect(resultsOf(answer).map(({ result }) => result)).not.toContain("error");
    await scene.run(60_000);
    expect([await rowsOfFirst(), dealsOfFirst()]).toEqual(before);
    const own = scene.sandbox.control.deals(OTHER_SITE.siteId).map(({ orderNumber }) => orderNumber);
    expect(own).toContain(numberOf(1));
    expect(own).toContain(numberOf(2));
  });

  it("on a site shared by two connections the other's numbers, bases and guids are never taken over", async () => {
    const { scene, first, branch, rowsOfFirst } = await createFirms();
    await first.post([visit(1), workOrder(51, 1)]);
    const before = [await rowsOfFirst(), JSON.stringify(scene.deal(numberOf(1)))];
    const answer = await branch.post([
      visit(7, { number: numberOf(1), amount: 1 }),
      workOrder(52, 1, { amount: 2 }),
      visit(1, { amount: 3, deleted: true }),
    ]);
    expect(resultsOf(answer)).toMatchObject([{ result: "accepted" }, { result: "accepted" }, { code: "GUID_TAKEN" }]);
    await scene.run(60_000);
    expect([await rowsOfFirst(), JSON.stringify(scene.deal(numberOf(1)))]).toEqual(before);
    expect(scene.sandbox.control.deals(SITE.siteId)).toHaveLength(3);
  });
});
