/** Every route of the app, fed with what its own schema asks for, with spoilt values and with bytes that are nothing. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type * as z from "zod";
import { alfaAuto } from "../../adapters/alfa-auto/index.ts";
import * as accounts from "../../src/http/accounts.ts";
import { actionsBody } from "../../src/http/actions.ts";
import { attributionsBody } from "../../src/http/attributions.ts";
import * as connections from "../../src/http/connections.ts";
import { documentsBody, guidsBody } from "../../src/http/erp-body.ts";
import { jobBody } from "../../src/http/jobs.ts";
import * as keys from "../../src/http/keys.ts";
import * as rules from "../../src/http/rules.ts";
import { appointment } from "../adapters/alfa-auto-documents.ts";
import { guidOf, visit, workOrder } from "../dispatcher/stage.ts";
import { expectReadable } from "../http/contract.ts";
import { type Route, readRoutes } from "../http/route-table.ts";
import { ADMIN_TOKEN, type Answer, call, createScene, type Scene } from "../scene.ts";
import { arbitraryOf } from "./arbitrary.ts";
import { fill, nameOf } from "./routes.ts";
import { callHook, createShop, sendHook } from "./shop.ts";

const RULE_ID = "rule-1";
const RUNS = 200;

/** The body of every route that reads one. A new route has to be added here before it is let pass. */
const SCHEMAS: Record<string, z.ZodType | null> = {
  "POST /v1/:adapter/documents": documentsBody,
  "POST /v1/:adapter/deals/status": guidsBody,
  "POST /v1/:adapter/deals/actions": actionsBody,
  "POST /v1/:adapter/attributions": attributionsBody,
  "POST /v1/:adapter/jobs": jobBody,
  "POST /v1/:adapter/jobs/:id/cancel": null,
  // Those who know the address are fed below.
  "POST /hooks/calltouch/:secret": null,
  "POST /hooks/:adapter/:secret": null,
  "POST /admin/accounts": accounts.whole,
  "PATCH /admin/accounts/:id": accounts.patch,
  "POST /admin/connections": connections.whole,
  "PATCH /admin/connections/:id": connections.patch,
  "POST /admin/connections/:id/keys": keys.creation,
  "POST /admin/connections/:id/rules": rules.patch,
  "POST /admin/connections/:id/rules/explain": rules.question,
  "PATCH /admin/connections/:id/rules/:ruleId": rules.patch,
  "POST /admin/connections/:id/setup": null,
  "POST /admin/accounts/:id/check": null,
  "POST /admin/accounts/:id/hook": null,
  "POST /admin/connections/:id/hook": null,
  "POST /admin/deals/:id/retry": null,
  "POST /admin/leads/:id/retry": null,
};

const hasBody = ({ method }: Route) => method !== "GET" && method !== "DELETE";

/** No failure of ours, and our own envelope: JSON, with a Russian sentence wherever something is refused. */
function expectOurs(answer: Answer, name: string): void {
  expect({ name, isFailure: answer.status >= 500 }).toEqual({ name, isFailure: false });
  expect(answer.text.startsWith("{")).toBe(true);
  expect(answer.headers.get("content-type")).toBe("application/json; charset=utf-8");
  if (answer.status >= 400) expectReadable(answer);
}

async function createFullScene() {
  const scene = await createScene();
  await scene.post([visit(1), workOrder(51, 1), visit(2, { deleted: true })]);
  const rule = { id: RULE_ID, connection: scene.connectionId };
  await scene.client.execute({
    sql: "INSERT INTO rules (id, connection_id, skip, priority, created_at) VALUES (:id, :connection, 0, 0, 0)",
    args: rule,
  });
  return { scene, known: [scene.accountId, scene.connectionId, guidOf(1), guidOf(51), "Наш кабинет", "Сервис"] };
}

function ask(scene: Scene, { method, path }: Route, word: string, body?: unknown, query = ""): Promise<Answer> {
  const token = path.startsWith("/admin") ? ADMIN_TOKEN : scene.key;
  const words: Record<string, string> = { adapter: "alfa-auto", ruleId: RULE_ID };
  const target = fill(path, (parameter) => words[parameter] ?? word);
  return call(scene.bridge, method, `${target}${query}`, { authorization: `Bearer ${token}` }, body);
}

const routes = await readRoutes(await createScene());
const word = fc.string({ minLength: 1, maxLength: 40 }).filter(isWord);
const property = { numRuns: RUNS, endOnFailure: true };

describe("whatever comes in", () => {
  it("every route that reads a body is fed from its own schema", () => {
    expect(routes.filter(hasBody).map(nameOf).sort()).toEqual(Object.keys(SCHEMAS).sort());
  });

  it.each(routes.filter(hasBody).map((route) => [nameOf(route), route] as const))(
    "a body of %s never makes a failure of ours, and the answer is ours",
    async (name, route) => {
      const { scene, known } = await createFullScene();
      const schema = SCHEMAS[name];
      const made = schema ? arbitraryOf(schema, known) : fc.jsonValue();
      const existing = namedIn(name, scene);
      const body = fc.oneof(made, existing ? made.map((value) => mixed(value, existing)) : made);
      const id = fc.oneof(fc.constantFrom(scene.accountId, scene.connectionId), fc.constantFrom(...known, "1"), word);
      const statuses = new Set<number>();
      await fc.assert(
        fc.asyncProperty(id, body, async (part, value) => {
          const answer = await ask(scene, route, part, JSON.stringify(value) ?? "");
          expectOurs(answer, name);
          statuses.add(answer.status);
        }),
        property,
      );
      await scene.idle();
      // Otherwise all of it was refused at the door, and nothing behind it was tried.
      if (schema) expect([Math.min(...statuses) < 300, Math.max(...statuses) >= 400]).toEqual([true, true]);
    },
  );

  it.each(routes.map((route) => [nameOf(route), route] as const))(
    "an id and a query of %s never make a failure of ours, and the answer is ours",
    async (name, route) => {
      const { scene, known } = await createFullScene();
      const part = fc.oneof(fc.constantFrom("nobody", ...known), word);
      const field = fc.constantFrom("status", "after", "limit", "cursor", "explain", "from", "to", "__proto__", "x");
      const query = fc.array(fc.tuple(field, fc.oneof(fc.string(), fc.constantFrom("dead", "1", "-1", "1e400"))), {
        maxLength: 3,
      });
      await fc.assert(
        fc.asyncProperty(part, query, async (id, pairs) => {
          const search = pairs.map(([key, value]) => `${key}=${encodeURIComponent(value.toWellFormed())}`).join("&");
          const body = hasBody(route) ? {} : undefined;
          expectOurs(await ask(scene, route, id, body, pairs.length > 0 ? `?${search}` : ""), name);
        }),
        property,
      );
      await scene.idle();
    },
  );

  it("documents made by the adapter's own schema get one result each, and none of them is a failure of ours", async () => {
    const { scene, known } = await createFullScene();
    const field = arbitraryOf(alfaAuto.document, known);
    const spoilt = field.map((change) => ({ ...appointment, ...(typeof change === "object" ? change : {}) }));
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(field, spoilt), { maxLength: 6 }), async (documents) => {
        const answer = await scene.call("POST", "/v1/alfa-auto/documents", { documents });
        expectOurs(answer, "documents");
        expect(answer.status).toBe(200);
        expect(answer.text).not.toContain('"INTERNAL"');
      }),
      { ...property, numRuns: 120 },
    );
    await scene.idle();
  });

  it("a webhook to a right address, whatever it says, is never a failure of ours, and what is kept can be read", async () => {
    const shop = await createShop();
    const parameters = Object.keys({
      ...callHook(1, 0),
      requestId: "",
      email: "",
      fio: "",
      comment: "",
      tags_request: "",
    });
    const value = fc.oneof(
      fc.string(),
      fc.constantFrom("null", "1", "call", "request", "9".repeat(400), "я".repeat(5_000)),
    );
    const hook = fc.tuple(
      fc.dictionary(fc.constantFrom(...parameters), value),
      fc.constantFrom<Record<string, string>>({}, callHook(1, shop.clock.now())),
    );
    let id = 1;
    let whole = 0;
    await fc.assert(
      fc.asyncProperty(hook, fc.constantFrom("GET", "POST"), fc.jsonValue(), async ([spoilt, good], method, json) => {
        id += 1;
        if (Object.keys(spoilt).length === 0 && Object.keys(good).length > 0) whole += 1;
        const change = Object.fromEntries(Object.entries(spoilt).map(([name, text]) => [name, text.toWellFormed()]));
        const answer = await sendHook(shop, shop.calltouchHook, { ...good, id: String(id), ...change }, method);
        expectOurs(answer, "hook");
        for (const path of [shop.calltouchHook, shop.moyskladHook]) {
          const named = { events: json, ...(typeof json === "object" ? json : {}) };
          for (const body of [json, named]) {
            const { status } = await call(shop.bridge, "POST", path, {}, JSON.stringify(body));
            expect(status).toBeLessThan(500);
          }
        }
      }),
      { ...property, numRuns: 100 },
    );
    await shop.settle();
    const rows = await shop.leads();
    expect(whole).toBeGreaterThan(0);
    expect(rows.length).toBeGreaterThanOrEqual(whole);
    expect(rows.filter(({ reason_code }) => reason_code === "UNREADABLE")).toEqual([]);
  });

  it("bytes that are nothing, and a good body cut or changed anywhere, are never a failure of ours", async () => {
    const { scene } = await createFullScene();
    const good = new TextEncoder().encode(JSON.stringify({ documents: [appointment] }));
    const broken = fc
      .tuple(fc.nat(good.length - 1), fc.integer({ min: 0, max: 255 }), fc.nat(good.length))
      .map(([at, byte, end]) => good.map((each, index) => (index === at ? byte : each)).slice(0, Math.max(end, at)));
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.uint8Array({ maxLength: 200 }), broken), async (bytes) => {
        for (const path of ["/v1/alfa-auto/documents", "/v1/alfa-auto/deals/status"]) {
          expectOurs(await scene.call("POST", path, new Uint8Array(bytes)), path);
        }
        expectOurs(await scene.admin("POST", "/accounts", new Uint8Array(bytes)), "accounts");
      }),
      { ...property, numRuns: 120 },
    );
    await scene.idle();
  });
});

/** What a body must name and hardly ever does by chance. */
function namedIn(name: string, { accountId }: Scene): object | undefined {
  if (name === "POST /v1/:adapter/jobs") return { from: "2026-09-12", to: "2026-09-13", actions: ["create"] };
  if (name === "POST /admin/connections") return { adapter: "alfa-auto", accountId, settings: {} };
  if (name === "PATCH /admin/connections/:id") return { settings: {} };
  return name.includes("/rules") ? { accountId, skip: false } : undefined;
}

function mixed(value: unknown, existing: object): unknown {
  return typeof value === "object" && value !== null ? { ...value, ...existing } : value;
}

/** What may stand in a path as one word. */
function isWord(text: string): boolean {
  return text.isWellFormed() && !/^\.*$/.test(text);
}
