/** The same for a shop: its ERP's token, and the clients of leads, told of by webhooks and by journals. */
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Client } from "@libsql/client";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { toReportCsv } from "../../src/reconciliation/csv.ts";
import { MINUTE } from "../dispatcher/stage.ts";
import { ADMIN_READ_TOKEN, ADMIN_TOKEN, call, ENCRYPTION_KEY, SITE } from "../scene.ts";
import { callHook, createShop, MOYSKLAD_URL, SHOP_ACCOUNT, SHOP_TOKEN, type Shop, sendHook } from "../security/shop.ts";
import { connect } from "../storage/connect.ts";
import { foundIn } from "./planted.ts";
import { DAYS_90 } from "./stage.ts";

const CALLER = "79005550147";
const WRITER = {
  phone: "79005550258",
  email: "planted.gromova@example.com",
  name: "Громова Планктония",
  comment: "Планктон в багажнике, звонить 8 (900) 555-03-69",
};
const JOURNALED = { phone: "79005550471", name: "Журналов Планктон" };
const PLANTED = [
  SHOP_TOKEN,
  CALLER,
  CALLER.slice(1),
  WRITER.phone,
  WRITER.email,
  "Планктония",
  "Планктон в багажнике",
  "555-03-69",
  JOURNALED.phone,
  JOURNALED.name,
  ADMIN_TOKEN,
  ADMIN_READ_TOKEN,
  ENCRYPTION_KEY,
];

describe("a planted secret of a shop", () => {
  let directory = "";
  let client: Client | undefined;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "calltouch-bridge-shop-leaks-"));
  });
  afterEach(async () => {
    client?.close();
    await rm(directory, { recursive: true, force: true });
  });

  it("is readable in no answer, no log line, no export and no byte of the database, whatever happens", async () => {
    client = await connect(`file:${join(directory, "bridge.db")}`);
    const answers: string[] = [];
    const shop = await createShop({
      client,
      wrap: (bridge) => ({
        ...bridge,
        fetch: async (request) => {
          const response = await bridge.fetch(request);
          answers.push(`${JSON.stringify([...response.headers])} ${await response.clone().text()}`);
          return response;
        },
      }),
    });
    await live(shop);
    for (const code of ["NOT_UNIQUE", "REQUIRED_FIELD", "REFUSED"]) {
      expect(answers.filter((answer) => answer.includes(`"code":"${code}","message":`)).length).toBeGreaterThan(0);
    }
    const secrets = [shop.calltouchHook, shop.moyskladHook].map((path) => path.split("/").at(-1) ?? "");
    const planted = [...PLANTED, shop.key, shop.shopKey];
    expect(answers.length).toBeGreaterThan(30);
    expect(answers.filter((answer) => foundIn(answer, PLANTED).length > 0)).toEqual([]);
    // A key is shown once.
    expect(answers.filter((answer) => foundIn(answer, [shop.key, shop.shopKey]).length > 0)).toHaveLength(1);
    // The addresses of webhooks are shown to the operator, and only there.
    const logs = shop.logs.map((line) => JSON.stringify(line)).join("\n");
    expect(foundIn(logs, [...planted, ...secrets])).toEqual([]);
    for (const file of await readdir(directory)) {
      const bytes = await readFile(join(directory, file));
      expect([file, foundIn(bytes, [...planted, ...secrets])]).toEqual([file, []]);
    }
  }, 30_000);

  it("typed by a client into a table for Excel is no formula there", () => {
    const deal = { orderNumber: '=HYPERLINK("https://evil.example")', status: "+1", funnel: "@x", revenueKopecks: 1 };
    const none = { total: 0, items: [] };
    const csv = toReportCsv({
      summary: [],
      missing: none,
      extra: { total: 1, items: [deal] },
      different: none,
      skipped: [],
    });
    for (const cell of csv.split(/[;\r\n]+/)) expect(cell.replace(/^\ufeff?"?/, "")).not.toMatch(/^[=+@-]/);
  });
});

/** Both webhooks and the journals, MoySklad well, refusing and gone, administration, expiry. */
async function live(shop: Shop): Promise<void> {
  const at = shop.clock.now();
  const { control } = shop.sandbox;
  const request = callHook(0, at, {
    leadtype: "request",
    requestId: "801",
    callerphone: WRITER.phone,
    email: WRITER.email,
    fio: WRITER.name,
    comment: WRITER.comment,
  });
  control.addLead({
    siteId: SITE.siteId,
    kind: "call",
    at,
    phones: [JOURNALED.phone],
    name: JOURNALED.name,
    durationSeconds: 61,
    answered: true,
  });
  await sendHook(shop, shop.calltouchHook, callHook(701, at, { callerphone: CALLER }), "GET");
  await sendHook(shop, shop.calltouchHook, request);
  await shop.settle();
  shop.clock.advance(6 * MINUTE);
  await shop.settle();
  const [order] = shop.erp.control.orders();
  const href = `${MOYSKLAD_URL}/entity/customerorder/${order?.id}`;
  const events = [{ meta: { type: "customerorder", href }, action: "UPDATE", accountId: SHOP_ACCOUNT }];
  await call(shop.bridge, "POST", shop.moyskladHook, {}, { events });
  await call(shop.bridge, "POST", shop.moyskladHook, {}, { events: [{ ...events[0], accountId: SHOP_TOKEN }] });
  await shop.settle();

  const { fetch } = shop.platform;
  const echo = `${SHOP_TOKEN} ${CALLER} ${WRITER.email} ${WRITER.comment}`;
  // Of which field it refuses MoySklad says the name, and that is shown.
  const parameter = `${CALLER} ${SHOP_TOKEN} ${WRITER.email}`;
  const refusals: (() => Response)[] = [
    () => Response.json({ errors: [{ error: echo, code: 3006, parameter: echo, moreInfo: echo }] }, { status: 412 }),
    () => Response.json({ errors: [{ error: echo, code: 3000, parameter }] }, { status: 412 }),
    () => Response.json({ errors: [{ error: echo, code: 9_999, parameter }] }, { status: 400 }),
    () => Response.json({ errors: [{ error: echo, code: 1056 }] }, { status: 403 }),
    () => new Response(echo, { status: 500 }),
    () => Response.json({ rows: [{ id: echo }] }),
    () => {
      throw new TypeError(echo);
    },
  ];
  for (const [index, refuse] of refusals.entries()) {
    // An order that is refused, then everything.
    const isRefused = ({ url, method }: Request) => url.startsWith(MOYSKLAD_URL) && (index > 2 || method !== "GET");
    shop.platform.fetch = async (asked) => (isRefused(asked) ? refuse() : fetch(asked));
    await sendHook(shop, shop.calltouchHook, callHook(710 + index, shop.clock.now(), { callerphone: CALLER }));
    await shop.settle();
    await shop.admin("GET", "/leads");
    await shop.admin("POST", `/connections/${shop.shopId}/setup`);
    shop.clock.advance(6 * MINUTE);
  }
  await administer(shop);
  shop.clock.advance(DAYS_90 + MINUTE);
  await shop.settle();
}

async function administer(shop: Shop): Promise<void> {
  const connection = `/connections/${shop.shopId}`;
  await shop.admin("PATCH", connection, { settings: { token: `${SHOP_TOKEN} `, calls: SHOP_TOKEN } });
  await shop.admin("PATCH", connection, { settings: { token: SHOP_TOKEN, minDurationSeconds: 5 } });
  await shop.admin("PATCH", connection, { settings: { [SHOP_TOKEN.slice(0, 7)]: SHOP_TOKEN } });
  await shop.admin("POST", "/leads/1/retry");
  for (const path of [
    "/accounts",
    "/connections",
    connection,
    "/deals",
    "/deals?status=dead",
    "/leads",
    "/audit?limit=200",
    "/summary",
    `${connection}/reconciliation?from=2026-11-01&to=2026-11-23&format=csv`,
    `${connection}/reconciliation?from=2026-11-01&to=2026-11-23`,
  ]) {
    await shop.admin("GET", path);
  }
  for (const path of ["attributions", "jobs"]) {
    const headers = { authorization: `Bearer ${shop.shopKey}` };
    await call(shop.bridge, "POST", `/v1/moysklad/${path}`, headers, { includeUnmatched: true });
  }
}
