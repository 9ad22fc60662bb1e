/** A MoySklad shop and its Calltouch site: who calls, how orders move, and what the bridges find in their database. */
import { moysklad } from "../../adapters/moysklad/index.ts";
import type { CalltouchSandbox } from "../../sandbox/calltouch/index.ts";
import type { MoyskladSandbox } from "../../sandbox/moysklad/index.ts";
import type { Database } from "../../src/database/database.ts";
import { sealSecrets } from "../../src/erp-api/secrets.ts";
import { sealToken } from "../../src/token.ts";
import { SITE } from "./base.ts";
import { openVault } from "./process.ts";

export const SHOP_TOKEN = "simulated-moysklad-token";
/** As hook addresses have them. */
export const ACCOUNT_ID = "00000000000000aa";
export const CONNECTION_ID = "00000000000000bb";

export interface ShopClient {
  phone?: string;
  email?: string;
  /** As somebody typed it into MoySklad long ago. */
  typed?: { phone?: string; email?: string };
}

/** The last hides the number and leaves nothing. */
export const CLIENTS: readonly ShopClient[] = [
  { phone: "79150000001" },
  { phone: "79150000002", typed: { phone: "8 (915) 000-00-02, Иван" } },
  { email: "third@example.ru" },
  { phone: "79150000004", email: "fourth@example.ru" },
  { phone: "79150000005", email: "fifth@example.ru", typed: { phone: "+7 915 000 00 05" } },
  {},
];

export const STATES = [
  { name: "Новый", stateType: "Regular" },
  { name: "Подтвержден", stateType: "Regular" },
  { name: "Выполнен", stateType: "Successful" },
  { name: "Отменен", stateType: "Unsuccessful" },
] as const;

/** Returns the ids of the states. */
export function openShop({ control }: MoyskladSandbox): string[] {
  control.addAccount({ token: SHOP_TOKEN, isAdmin: true, tariff: "paid" });
  control.addOrganization({ name: "ООО «Ромашка»" });
  for (const [index, { typed }] of CLIENTS.entries()) {
    if (typed) control.addCounterparty({ name: `Клиент ${index}`, ...typed });
  }
  return STATES.map((state) => control.addState(state));
}

export function openSite({ control }: CalltouchSandbox): void {
  control.addSite({ ...SITE, hourlyPoints: 9_000, dailyPoints: 216_000 });
}

export async function seedShop(database: Database, settings: unknown, listingLagMs: number, now: number) {
  await database.accounts.insert({
    id: ACCOUNT_ID,
    name: "Кабинет",
    siteId: SITE.siteId,
    token: await sealToken(openVault, ACCOUNT_ID, SITE.token),
    timeZone: "Europe/Moscow",
    hourlyPoints: 9_000,
    dailyPoints: 216_000,
    requestPoints: 1,
    livePercent: 10,
    listingLagMs: listingLagMs + 2_000,
    createdAt: now,
  });
  await database.connections.insert(
    {
      id: CONNECTION_ID,
      adapter: moysklad.id,
      name: "Магазин",
      accountId: ACCOUNT_ID,
      timeZone: "Europe/Moscow",
      sinceAt: now,
      dryRun: false,
      settings,
      infobases: [],
      createdAt: now,
      reviewAfter: null,
      secrets: await sealSecrets(openVault, CONNECTION_ID, { token: SHOP_TOKEN }),
    },
    { id: ACCOUNT_ID, connectionId: CONNECTION_ID, hash: "", createdAt: now },
  );
  await database.exchanges.ensure(CONNECTION_ID, now);
}
