/** A second ERP whose documents say themselves how they want to be judged, and a bridge that knows it beside Alfa-Auto. */
import * as z from "zod";
import { adapters } from "../../adapters/index.ts";
import { defineAdapter } from "../../src/adapter.ts";
import { createBridge } from "../../src/bridge.ts";
import { ADMIN_TOKEN, CALLTOUCH_URL, call, createScene, ENCRYPTION_KEY, type SceneOptions } from "../scene.ts";

const document = z
  .object({
    guid: z.string(),
    number: z.string(),
    at: z.number().default(Date.UTC(2026, 9, 1)),
    version: z.number().default(1),
    /** How the document fares. */
    as: z.enum(["deal", "skipped", "error", "failure"]).default("deal"),
    code: z.string().default(""),
    message: z.string().default(""),
  })
  .superRefine(({ as, code, message }, context) => {
    if (as === "error") context.addIssue({ code: "custom", message, params: { code } });
  });

export const fakeErp = defineAdapter({
  id: "fake-erp",
  crm: "Другая система",
  document,
  settings: z.strictObject({}),
  guid: ({ guid }) => guid,
  dealKey: ({ guid }) => guid,
  stamp: ({ version }) => ({ kind: "version", value: version }),
  enteredAt: ({ at }) => at,
  withoutPersonalData: (document) => document,
  facts: () => ({
    territory: null,
    warehouse: null,
    organization: null,
    orderType: null,
    department: null,
    repairType: null,
    items: [],
  }),
  toDeal: ([first]) => {
    if (!first || first.as === "failure") throw new Error("secret text of a failure");
    const { number, at, as, code, message } = first;
    if (as === "skipped") return { kind: "skipped", reason: { code, message } };
    const matching = {
      at,
      typeToMatch: "nearest" as const,
      searchDepthMinutes: 60,
      leadTags: [],
      customSource: { source: "офлайн", medium: "офлайн" },
    };
    const deal = {
      orderNumber: number,
      orderAt: at,
      matching,
      status: `Версия ${first.version}`,
      statusAt: at,
      changedAt: at,
      tags: [],
      customFields: [],
      products: [],
      showContacts: false,
      contacts: { phones: [], emails: [] },
    };
    return { kind: "deal", deal, warnings: code === "" ? [] : [{ code, message }] };
  },
});

/** The scene with a second connection, to the other ERP. */
export async function createFakeScene(options: SceneOptions = {}) {
  const scene = await createScene(options);
  const bridge = await createBridge({
    platform: scene.platform,
    client: scene.client,
    config: { adminToken: ADMIN_TOKEN, encryptionKey: ENCRYPTION_KEY, calltouchUrl: CALLTOUCH_URL },
    adapters: [...adapters, fakeErp],
    limits: { wallMs: 60_000, requests: 1_000 },
  });
  const connection = await call(
    bridge,
    "POST",
    "/admin/connections",
    { authorization: `Bearer ${ADMIN_TOKEN}` },
    { adapter: "fake-erp", name: "Другая база", accountId: scene.accountId, since: "2026-01-01T00:00:00+03:00" },
  );
  const fakeKey = z.string().parse(connection.body["key"]);
  return {
    ...scene,
    bridge,
    fakeKey,
    /** A request to this bridge with either key. */
    callWith: (key: string, method: string, path: string, body?: unknown) =>
      call(bridge, method, path, { authorization: `Bearer ${key}` }, body),
    /** Posts documents of the other ERP. */
    postFake: (documents: readonly unknown[]) =>
      call(bridge, "POST", "/v1/fake-erp/documents", { authorization: `Bearer ${fakeKey}` }, { documents }),
  };
}

export function fakeDocument(index: number, change: Record<string, unknown> = {}) {
  return { guid: guidOf(index), number: `Ф-${index}`, ...change };
}

export function guidOf(index: number): string {
  return `9e07b1c4-${String(index).padStart(4, "0")}-11f1-80d6-2c44fd8322a7`;
}
