/** Secrets and personal data are planted, everything is run, and then nothing of them may be found anywhere. */
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Client } from "@libsql/client";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { MINUTE, visit, workOrder } from "../dispatcher/stage.ts";
import { ADMIN_TOKEN, call, createScene, ENCRYPTION_KEY, type Scene, SITE, startBridge } from "../scene.ts";
import { connect } from "../storage/connect.ts";
import { encodings, foundIn } from "./planted.ts";
import { DAYS_90 } from "./stage.ts";

const TOKEN = "planted-calltouch-token-5f1c";
const PHONES = [
  "8 (900) 123-45-67",
  "+7 900 123-45-67",
  "8-900-123-45-67",
  "79001234567",
  "9001234567",
  "8 900–123–45–67",
];
const PERSON = {
  client: "Белозёров Игорь Планктонович",
  phones: PHONES,
  emails: "planted.belozerov@example.com",
  reason: "Стук планктона в подвеске, звонить 8 (900) 123-45-67",
};
const ECHO = `заказ отклонён: ${PHONES.join(", ")}, ${PERSON.emails} (token ${TOKEN})`;
const REPEATED = `${ECHO}, клиент ${PERSON.client.toUpperCase()}, комментарий «${PERSON.reason}»`;
const PLANTED = [
  ...PHONES,
  PERSON.emails,
  "planted.belozerov",
  "Планктонович",
  "планктона",
  TOKEN,
  ADMIN_TOKEN,
  ENCRYPTION_KEY,
];

/** Every call may be made to fail with a message that repeats its arguments, as a careless driver would. */
function breakable(client: Client) {
  const state = { isBroken: false };
  const broken = new Proxy(client, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== "function") return value;
      return (...args: unknown[]) => {
        if (state.isBroken) return Promise.reject(new Error(`SQLITE_IOERR: ${ECHO} ${JSON.stringify(args)}`));
        return Reflect.apply(value, target, args);
      };
    },
  });
  return { client: broken, state };
}

describe("a planted secret", () => {
  let directory = "";
  let real: Client | undefined;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "calltouch-bridge-leaks-"));
  });
  afterEach(async () => {
    real?.close();
    await rm(directory, { recursive: true, force: true });
  });

  it("is looked for in a way that finds it", () => {
    for (const secret of PLANTED) {
      for (const each of [
        ...encodings(secret),
        ...["", "x", "xx"].map((before) => Buffer.from(`${before}${secret}yyy`).toString("base64")),
      ]) {
        expect(foundIn(`before ${each} after`, [secret])).toEqual([secret]);
      }
      expect(foundIn(Buffer.from(`я${secret}`, "utf16le"), [secret])).toEqual([secret]);
    }
  });

  it("is readable in no answer, no log line, no console and no byte of the database, whatever happens", async () => {
    const printed: string[] = [];
    const consoles = (["log", "info", "warn", "error", "debug"] as const).map((name) =>
      vi.spyOn(console, name).mockImplementation((...args: unknown[]) => void printed.push(args.map(String).join(" "))),
    );
    real = await connect(`file:${join(directory, "bridge.db")}`);
    const { client, state } = breakable(real);
    const scene = await createScene({ client, connection: { settings: { showContacts: true } } });
    const answers: string[] = [];
    const { fetch } = scene.bridge;
    scene.bridge.fetch = async (request) => {
      const response = await fetch(request);
      answers.push(`${JSON.stringify([...response.headers])} ${await response.clone().text()}`);
      return response;
    };
    try {
      await live(scene, state);
      const planted = [...PLANTED, scene.key];
      expect(answers.length).toBeGreaterThan(30);
      expect(answers.filter((answer) => foundIn(answer, planted).length > 0)).toEqual([]);
      expect(scene.logs.length).toBeGreaterThan(30);
      expect(foundIn(scene.logs.map((line) => JSON.stringify(line)).join("\n"), planted)).toEqual([]);
      expect(foundIn(printed.join("\n"), planted)).toEqual([]);
      const files = await readdir(directory);
      expect(files).toContain("bridge.db-wal");
      for (const file of files)
        expect([file, foundIn(await readFile(join(directory, file)), planted)]).toEqual([file, []]);
    } finally {
      for (const spy of consoles) spy.mockRestore();
    }
  });
});

/** Ingest, delivery with faults and refusals that repeat what was sent, administration, a dead database. */
async function live(scene: Scene, state: { isBroken: boolean }): Promise<void> {
  const person = (n: number, more = {}) => visit(n, { ...PERSON, ...more });
  scene.sandbox.control.updateSite(SITE.siteId, { token: TOKEN });
  await scene.admin("PATCH", `/accounts/${scene.accountId}`, { token: TOKEN });

  await scene.post([
    person(1),
    workOrder(51, 1, PERSON),
    person(2, { status: "" }),
    { ...person(3), number: PERSON.client.repeat(9) },
  ]);
  await scene.post([person(4, { car: PHONES }), person(4, { emails: {} }), { guid: PHONES[0] }]);
  for (const kind of ["resetAfterCommit", "html502", "truncatedJson", "unreadable200", "timeoutAfterCommit"] as const) {
    scene.sandbox.control.fault({ kind });
    await scene.post([person(10, { amount: scene.clock.now() % 1_000_000 })]);
    await scene.run(2 * MINUTE, 10_000);
  }
  const { fetch } = scene.platform;
  const refusals: (() => Response)[] = [
    () => Response.json({ data: { orders: [{ orderNumber: "ПС000020", error: REPEATED }] } }),
    () => Response.json({ data: { orders: [{ orderNumber: "ПС000020", error: { message: REPEATED } }] } }),
    () => Response.json({ data: { validationErrorData: { violations: [{ message: REPEATED }] } } }, { status: 400 }),
    () => new Response(REPEATED, { status: 413 }),
    () => new Response(REPEATED, { status: 500 }),
    () => new Response(REPEATED, { status: 401 }),
    () => {
      throw new Error(REPEATED);
    },
  ];
  for (const [index, refuse] of refusals.entries()) {
    scene.platform.fetch = async (request) => (/create|update/.test(request.url) ? refuse() : fetch(request));
    await scene.post([person(20 + index)]);
    await scene.run(MINUTE, 10_000);
    await scene.call("POST", "/v1/alfa-auto/deals/status", { guids: [person(20 + index).guid] });
    await scene.admin("GET", "/deals?status=dead");
  }
  scene.platform.fetch = fetch;

  state.isBroken = true;
  await scene.call("POST", "/v1/alfa-auto/documents", { documents: [person(30)] });
  await scene.call("GET", "/readyz");
  await scene.admin("GET", "/accounts");
  await scene.bridge.tick().catch(() => {});
  await scene.idle();
  state.isBroken = false;
  await startBridge(scene.platform, scene.client);

  const wrong = { authorization: `Bearer ${ADMIN_TOKEN}x` };
  for (const path of ["/admin/accounts", "/admin/connections", "/v1/ping", `/v1/${PHONES[3]}/documents`]) {
    await call(scene.bridge, "GET", path, wrong);
  }
  await scene.call("POST", "/v1/alfa-auto/documents", `{"documents": [{"phones": "${PHONES[0]}"`);
  for (const path of [
    "/accounts",
    "/connections",
    `/accounts/${scene.accountId}`,
    `/connections/${scene.connectionId}`,
    "/deals?status=held",
  ]) {
    await scene.admin("GET", path);
  }
  await scene.admin("PATCH", `/accounts/${scene.accountId}`, { token: `${TOKEN} `, siteId: PHONES[0] });
  await scene.admin("POST", "/accounts", { name: "Ещё", siteId: "1", token: TOKEN, unheardOf: TOKEN });
  for (const path of ["/healthz", "/readyz", "/metrics", "/nowhere"]) await scene.call("GET", path);
  await scene.run(10 * MINUTE, 30_000);
  await expectMasked(scene);
  scene.clock.advance(DAYS_90 + MINUTE);
  await scene.run(MINUTE, 20_000);
}

/** Texts about a deal that people see: with the phone recognisable and unreadable. */
async function expectMasked({ client }: Pick<Scene, "client">): Promise<void> {
  const { rows } = await client.execute("SELECT reason, refusal FROM deals");
  const texts = rows.flatMap(({ reason, refusal }) => [reason, refusal]).filter((text) => text !== null);
  expect(texts.filter((text) => String(text).includes("7900***4567")).length).toBeGreaterThan(2);
  for (const text of texts) expect(String(text)).not.toMatch(/\d{7}|@example/);
}
