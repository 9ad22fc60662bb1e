/** What a person does by hand with the deals of some documents, and the states such a deal may be in. */
import * as z from "zod";
import { guidOf, numberOf, visit, withoutDispatch } from "../dispatcher/stage.ts";
import { type Answer, call, type Scene, SITE } from "../scene.ts";

export const PATH = "/v1/alfa-auto/deals/actions";

const result = z.strictObject({
  index: z.number(),
  guid: z.string().optional(),
  result: z.enum(["done", "unchanged", "skipped", "pending", "error", "exists", "deleted", "absent", "unknown"]),
  code: z.string().regex(/^[A-Z][A-Z0-9_]*$/),
  message: z.string().optional(),
  retry: z.literal(true).optional(),
  dealId: z.number().optional(),
  showMessage: z.literal(true).optional(),
  orderNumber: z.string().optional(),
  dealStatus: z.string().optional(),
  revenue: z.string().optional(),
  attribution: z.looseObject({ matched: z.boolean() }).optional(),
});
export type ActionResult = z.infer<typeof result>;
const actionAnswer = z.strictObject({
  status: z.enum(["ok", "partial"]),
  message: z.string(),
  requestId: z.string(),
  results: z.array(result),
  more: z.literal(true).optional(),
});

export const toResults = (answer: Answer): ActionResult[] => actionAnswer.parse(answer.body).results;

/** By documents' numbers; waits for the dispatcher. */
export async function act(scene: Scene, action: string, numbers: readonly number[]): Promise<ActionResult[]> {
  const answer = await scene.call("POST", PATH, { action, guids: numbers.map(guidOf) });
  await scene.idle();
  return toResults(answer);
}

/** `result code`, of the first document's deal. */
export async function outcomeOf(scene: Scene, action: string): Promise<string> {
  const [first] = await act(scene, action, [1]);
  return `${first?.result} ${first?.code}`;
}

export const inCalltouch = (scene: Scene, orderNumber = numberOf(1)) => {
  const deal = scene.deal(orderNumber);
  if (!deal) return "absent";
  return deal.isDeleted ? "deleted" : "there";
};

const OTHER_PLACE = { department: "Нигде" };
const patchAccount = (scene: Scene, patch: object) => scene.admin("PATCH", `/accounts/${scene.accountId}`, patch);
const addRule = (scene: Scene, rule: object) => scene.admin("POST", `/connections/${scene.connectionId}/rules`, rule);

/** Brings the deal of the first document into a state. */
export const STATES: Record<string, (scene: Scene) => Promise<unknown>> = {
  unknown: async () => {},
  "held NO_STATUS": (scene) => scene.post([visit(1, { status: "" })]),
  "held AUTO_OFF": async (scene) => {
    await patchAccount(scene, { autoExchange: false });
    await scene.post([visit(1)]);
  },
  "held BEFORE_START": (scene) => scene.post([visit(1, { date: "2020-01-01T10:00:00" })]),
  "held NO_RULE": async (scene) => {
    await addRule(scene, OTHER_PLACE);
    await scene.post([visit(1)]);
  },
  "held RULE_SKIP": async (scene) => {
    await addRule(scene, { skip: true });
    await scene.post([visit(1)]);
  },
  "held DRY_RUN": async (scene) => {
    await scene.admin("PATCH", `/connections/${scene.connectionId}`, { dryRun: true });
    await scene.post([visit(1)]);
  },
  due: (scene) =>
    withoutDispatch(scene.platform, () => scene.call("POST", "/v1/alfa-auto/documents", { documents: [visit(1)] })),
  delivered: (scene) => scene.post([visit(1)]),
  "delivered, changed": async (scene) => {
    await scene.post([visit(1)]);
    await withoutDispatch(scene.platform, () =>
      scene.call("POST", "/v1/alfa-auto/documents", {
        documents: [visit(1, { amount: 7, changedAt: "2026-09-20T12:00:00" })],
      }),
    );
  },
  "in doubt, created": async (scene) => {
    scene.sandbox.control.fault({ kind: "status", status: 502, afterCommit: true, path: "create" });
    await scene.post([visit(1)]);
  },
  "in doubt, not created": async (scene) => {
    scene.sandbox.control.fault({ kind: "status", status: 502, path: "create" });
    await scene.post([visit(1)]);
  },
  dead: async (scene) => {
    scene.sandbox.control.fault({ kind: "itemError", orderNumber: numberOf(1), path: "create" });
    await scene.post([visit(1)]);
    await scene.run(60_000, 5_000);
  },
  "closed by us": async (scene) => {
    await scene.post([visit(1)]);
    await act(scene, "delete", [1]);
  },
  "closed before it was sent": async (scene) => {
    await scene.post([visit(1, { status: "" })]);
    await act(scene, "delete", [1]);
  },
  "deleted by hand": async (scene) => {
    await scene.post([visit(1)]);
    scene.sandbox.control.deleteDealByHand(SITE.siteId, numberOf(1));
  },
  "closed by hand": async (scene) => {
    await scene.post([visit(1)]);
    scene.sandbox.control.deleteDealByHand(SITE.siteId, numberOf(1));
    await scene.post([visit(1, { amount: 7, changedAt: "2026-09-20T12:00:00" })]);
    await scene.run(60_000, 5_000);
  },
  "another connection's": async (scene) => {
    const other = { siteId: "55555", token: "other-token" };
    scene.sandbox.control.addSite(other);
    const account = await scene.admin("POST", "/accounts", { name: "Чужой", ...other });
    const since = "2026-01-01T00:00:00+03:00";
    const connection = { adapter: "alfa-auto", name: "Чужая", accountId: account.body["id"], since };
    const key = z.string().parse((await scene.admin("POST", "/connections", connection)).body["key"]);
    const headers = { authorization: `Bearer ${key}` };
    await call(scene.bridge, "POST", "/v1/alfa-auto/documents", headers, { documents: [visit(1)] });
    await scene.idle();
  },
};
