/** A customer order of MoySklad → the deal. One order is one deal. */
import type { Facts, Fold, FoldContext, Notice } from "../../src/adapter.ts";
import type { Deal } from "../../src/deal.ts";
import { toContacts } from "./contacts.ts";
import { isFromLead, leadOf, type MoyskladDocument, toInstant } from "./document.ts";
import { toRevenueKopecks } from "./revenue.ts";
import type { MoyskladSettings } from "./settings.ts";
import { toStanding } from "./status.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** The parts of a fold's context the order needs: MoySklad's times are Moscow's, whatever the connection's zone. */
type Context = Pick<FoldContext<MoyskladSettings>, "settings">;

export function toDeal(documents: readonly MoyskladDocument[], { settings }: Context): Fold {
  const document = only(documents);
  const unwanted = reasonToSkip(document, settings);
  if (unwanted) return { kind: "skipped", reason: unwanted };
  const enteredAt = toEnteredAt(document);
  const standing = toStanding(document, settings, enteredAt);
  if ("skipped" in standing) return { kind: "skipped", reason: standing.skipped };
  const warnings: Notice[] = [];
  const { hold } = standing;
  return {
    kind: "deal",
    deal: {
      ...toFixed(document, settings, enteredAt, warnings),
      status: standing.status,
      statusAt: standing.at,
      changedAt: Math.max(toInstant(document.updated), standing.at),
      revenueKopecks: toRevenueKopecks(document, settings, warnings),
      ...(document.owner?.name ? { manager: document.owner.name } : {}),
    },
    ...(hold === undefined ? {} : { hold }),
    warnings,
  };
}

/** When the order was entered; for one made for a lead, when the lead came. Epoch milliseconds. */
export function toEnteredAt({ leadAt, moment, created }: MoyskladDocument): number {
  if (leadAt !== null) return leadAt;
  const at = toInstant(moment);
  // MoySklad cuts a date to the minute, and the client may have called within that minute.
  const exact = created === null ? at : toInstant(created);
  return exact >= at && exact < at + MINUTE_MS ? exact : at;
}

export function toFacts(documents: readonly MoyskladDocument[]): Facts {
  const { organization, store } = only(documents);
  return {
    territory: null,
    warehouse: store?.name ?? null,
    organization: organization?.name ?? null,
    orderType: null,
    department: null,
    repairType: null,
    items: [],
  };
}

/** What stays as it is, or changes by a person's hand alone. */
function toFixed(
  document: MoyskladDocument,
  settings: MoyskladSettings,
  enteredAt: number,
  warnings: Notice[],
): Omit<Deal, "status" | "statusAt" | "changedAt" | "revenueKopecks" | "manager"> {
  const lead = leadOf(document);
  const { funnel } = settings;
  const link = document.meta?.uuidHref;
  return {
    orderNumber: document.id,
    orderAt: enteredAt,
    matching: {
      at: toMatchingAt(document, enteredAt),
      typeToMatch: settings.typeToMatch,
      searchDepthMinutes: settings.searchDepthMinutes,
      leadTags: [],
      ...(lead === undefined ? {} : { lead }),
      customSource: {
        source: settings.fallbackSource,
        medium: settings.fallbackMedium,
        campaign: settings.fallbackCampaign,
      },
    },
    orderName: `Заказ покупателя ${document.name ?? ""}`.trim(),
    ...(link ? { orderLink: link } : {}),
    ...(funnel === undefined ? {} : { funnel }),
    tags: [],
    customFields: [],
    products: [],
    showContacts: settings.showContacts,
    contacts: toContacts(document.agent, warnings),
    // Of an order made for a lead it is the bridge's own text.
    ...(document.description && lead === undefined ? { comment: document.description } : {}),
  };
}

/** A date at midnight was typed by hand: the lead may have come at any hour of that day. */
function toMatchingAt({ leadAt, moment }: MoyskladDocument, enteredAt: number): number {
  const isHandDated = leadAt === null && /^\d{4}-\d\d-\d\d(?: 00:00(?::00(?:\.0+)?)?)?$/.test(moment);
  return isHandDated ? toInstant(moment) + DAY_MS - 1_000 : enteredAt;
}

function reasonToSkip(document: MoyskladDocument, settings: MoyskladSettings): Notice | undefined {
  // An order made for a lead has no sales channel yet, and its lead is wanted whatever its organization.
  if (isFromLead(document)) return undefined;
  if (settings.orders === "from-leads") {
    return {
      code: "ORDER_NOT_FROM_LEAD",
      message: "Заказ заведён вручную и не передаётся. Чтобы передавать все заказы, укажите настройку orders: all",
    };
  }
  if (!isAmong(document.organization, settings.onlyOrganizations)) {
    return { code: "OTHER_ORGANIZATION", message: "Заказ другой организации: её нет в настройке onlyOrganizations" };
  }
  if (!isAmong(document.salesChannel, settings.onlySalesChannels)) {
    return {
      code: "OTHER_SALES_CHANNEL",
      message: "Заказ другого канала продаж: его нет в настройке onlySalesChannels",
    };
  }
  return undefined;
}

function isAmong(reference: { id: string } | null, wanted: readonly string[]): boolean {
  return wanted.length === 0 || (reference !== null && wanted.includes(reference.id));
}

function only(documents: readonly MoyskladDocument[]): MoyskladDocument {
  const [document] = documents;
  if (!document) throw new Error("a fold without documents");
  return document;
}
