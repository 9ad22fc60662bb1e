/** A shop with MoySklad and Calltouch, both sandboxes on the scene's clock, whose webhooks arrive at the bridge. */
import * as z from "zod";
import type { LeadInput } from "../../sandbox/calltouch/index.ts";
import {
  createMoyskladSandbox,
  type KnobsPatch as MoyskladKnobs,
  type SandboxOrder,
} from "../../sandbox/moysklad/index.ts";
import type { Bridge } from "../../src/bridge.ts";
import { createClock, createScene, ERP_URL, type Scene, type SceneOptions, SITE } from "../scene.ts";

export const TOKEN = "0123456789abcdef0123456789abcdef01234567";
export const ACCOUNT_ID = "c0c0c0c0-1111-4222-8333-444455556666";
export const PHONE = "79991234567";
export const SESSION = {
  source: "yandex",
  medium: "cpc",
  utmSource: "yandex_direct",
  utmMedium: "cpc",
  utmCampaign: "Запчасти; Москва",
  utmTerm: "купить фильтр",
  guaClientId: "1234567890.1700000000",
} as const;

const STATES = {
  Новый: "Regular",
  Подтвержден: "Regular",
  Выполнен: "Successful",
  Отменен: "Unsuccessful",
} as const;

export interface MoyskladSceneOptions extends Omit<SceneOptions, "erp" | "connection"> {
  /** As an operator writes them; the token is added. */
  settings?: Record<string, unknown>;
  /** Of the connection, beside its settings. */
  connection?: Record<string, unknown>;
  erpKnobs?: MoyskladKnobs;
  /** Which webhooks come; both unless given. */
  hooks?: { calltouch?: boolean; moysklad?: boolean };
  /** Without it the operator has run setup. */
  isSetUp?: false;
}

export type MoyskladScene = Awaited<ReturnType<typeof createMoyskladScene>>;
export type ErpControl = ReturnType<typeof createMoyskladSandbox>["control"];

const setupAnswer = z.object({
  ok: z.boolean(),
  hooks: z.object({ calltouch: z.string().nullable(), moysklad: z.string().nullable() }),
  problems: z.array(z.string()),
});

export async function createMoyskladScene(options: MoyskladSceneOptions = {}) {
  const { settings = {}, connection = {}, erpKnobs, hooks = {}, isSetUp = true, ...sceneOptions } = options;
  const clock = options.clock ?? createClock();
  let bridge: Pick<Bridge, "fetch"> | undefined;
  const erp = createMoyskladSandbox({
    now: clock.now,
    sleep: async (ms) => clock.advance(ms),
    // The receiver's time is not what these tests are about.
    webhookTimer: (_, signal) => new Promise((resolve) => signal?.addEventListener("abort", () => resolve())),
    baseUrl: ERP_URL,
    send: async (request) => (bridge && hooks.moysklad !== false ? bridge.fetch(request) : new Response(null)),
    ...(erpKnobs === undefined ? {} : { knobs: erpKnobs }),
  });
  const { control } = erp;
  control.addAccount({ token: TOKEN, accountId: ACCOUNT_ID, isAdmin: true, tariff: "paid" });
  const organizationId = control.addOrganization({ name: "ООО «Ромашка»" });
  const states = addStates(control);
  const scene = await createScene({
    ...sceneOptions,
    clock,
    erp,
    connection: { adapter: "moysklad", name: "Магазин", settings: { token: TOKEN, ...settings }, ...connection },
  });
  bridge = scene.bridge;
  const shop = {
    ...scene,
    erp: control,
    organizationId,
    states,
    ...createVerbs(scene, control, states),
  };
  await scene.idle();
  if (!isSetUp) return shop;
  const answer = await shop.setup();
  if (hooks.calltouch !== false && answer.hooks.calltouch)
    scene.sandbox.control.setHook(SITE.siteId, { url: answer.hooks.calltouch, method: "POST" });
  await shop.settle();
  // What setup has used up of MoySklad's limit is there again.
  clock.advance(60_000);
  control.clearRequests();
  scene.sandbox.control.clearRequests();
  return shop;
}

function addStates(control: ErpControl): Record<keyof typeof STATES, string> {
  const add = (name: keyof typeof STATES) => control.addState({ name, stateType: STATES[name] });
  return {
    Новый: add("Новый"),
    Подтвержден: add("Подтвержден"),
    Выполнен: add("Выполнен"),
    Отменен: add("Отменен"),
  };
}

function createVerbs(scene: Scene, control: ErpControl, states: Record<keyof typeof STATES, string>) {
  const { sandbox, clock, bridge, client } = scene;
  const order = (): SandboxOrder => only(control.orders());

  return {
    async setup() {
      const answer = await scene.admin("POST", `/connections/${scene.connectionId}/setup`);
      if (answer.status !== 200) throw new Error(`setup: ${answer.status} ${answer.text}`);
      return setupAnswer.parse(answer.body);
    },
    configure: (settings: Record<string, unknown>) =>
      scene.admin("PATCH", `/connections/${scene.connectionId}`, { settings }),
    /** Everything under way has ended: webhooks both ways, what they started, and what that started. */
    async settle() {
      for (let quiet = 0; quiet < 2; quiet += 1) {
        await control.hooksSent();
        await sandbox.control.hooksSent();
        await scene.idle();
      }
    },
    /** One reading of everything that is due to be read, and the deliveries it led to. */
    async read() {
      await bridge.poll();
      await scene.idle();
      await bridge.tick();
      await scene.idle();
    },
    /** The next reading of journals and of the ERP. */
    async readLater(ms = 300_000) {
      clock.advance(ms);
      await this.read();
    },
    /** A call that is over now, unless told otherwise. Returns its id. */
    callIn: (replaced: Partial<LeadInput> = {}) => {
      const call: LeadInput = {
        siteId: SITE.siteId,
        kind: "call",
        at: clock.now() - 61_000,
        finishedAt: clock.now(),
        durationSeconds: 60,
        phones: [PHONE],
        session: SESSION,
        autoTags: { tone: ["Запись на ТО"], number: ["Отдел запчастей"] },
      };
      return sandbox.control.addLead({ ...call, ...replaced });
    },
    requestIn: (replaced: Partial<LeadInput> = {}) => {
      const request: LeadInput = {
        siteId: SITE.siteId,
        kind: "request",
        at: clock.now(),
        phones: [PHONE],
        emails: ["client@example.ru"],
        name: "Иванова Мария",
        subject: "Форма «Обратный звонок»",
        comment: "Нужен фильтр",
        session: SESSION,
      };
      return sandbox.control.addLead({ ...request, ...replaced });
    },
    /** The only order there is. @throws Error when there are none or several. */
    order,
    move: (state: keyof typeof STATES, id: string = order().id) => control.changeOrder(id, { stateId: states[state] }),
    deals: () => sandbox.control.deals(SITE.siteId).filter(({ isDeleted }) => !isDeleted),
    leads: async () => (await client.execute("SELECT * FROM leads ORDER BY id")).rows.map((row) => ({ ...row })),
    exchange: async () => only((await client.execute("SELECT * FROM exchanges")).rows.map((row) => ({ ...row }))),
    /** One of each: as it must be however often and in whatever way a lead was told of. */
    counts: () => ({
      counterparties: control.counterparties().length,
      orders: control.orders().length,
      deals: sandbox.control.deals(SITE.siteId).length,
    }),
  };
}

/** @throws Error when there is none, or more than one. */
export function only<T>(items: readonly T[]): T {
  const [item] = items;
  if (item === undefined || items.length > 1) throw new Error(`one was expected, there are ${items.length}`);
  return item;
}
