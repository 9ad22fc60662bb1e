/** Dalion's documents of one deal → the deal, and what exchange rules go by. */
import type { Facts, Fold, FoldContext, Notice } from "../../src/adapter.ts";
import type { Deal } from "../../src/deal.ts";
import { toContacts } from "../onec/client-contacts.ts";
import { toMatchingInstant } from "../onec/date.ts";
import { brokenReferences, withoutRepeats } from "../onec/warning.ts";
import type { DalionDocument } from "./document.ts";
import { moneyWarnings, toMoney } from "./money.ts";
import { type Progress, toChangedAt, toHold, toProgress } from "./progress.ts";
import { readSale, type Sale } from "./sale.ts";
import type { DalionSettings } from "./settings.ts";
import { ORDER, SHIPMENT, WORK_ORDER } from "./type.ts";

type Context = FoldContext<DalionSettings>;

const TAGS_MAX = 100;

/** Folds an order with its shipments and returns, or a sale without an order with its returns, in any order. */
export function toDeal(documents: readonly DalionDocument[], context: Context): Fold {
  const { settings } = context;
  const sale = readSale(documents, context);
  if (!("head" in sale)) return { kind: "skipped", reason: sale };
  const progress = toProgress(sale, context);
  if (progress.stage === "cancelled" && settings.deleted === "delete") return { kind: "deletion", warnings: [] };
  const contactWarnings: Notice[] = [];
  const contacts = toContacts(sale.documents, settings, contactWarnings);
  const isReachable = contacts.phones.length + contacts.emails.length > 0;
  if (!isReachable && !documents.some(({ contactsForgotten }) => contactsForgotten)) {
    return { kind: "skipped", reason: noContacts(contactWarnings) };
  }
  const [stranger] = sale.strangers;
  const warnings = [
    ...sale.strangers,
    ...moneyWarnings(sale, progress, settings),
    ...sale.documents.flatMap(brokenReferences),
    ...contactWarnings,
  ];
  return {
    kind: "deal",
    deal: {
      ...toIdentity(sale, context),
      status: progress.status,
      statusAt: progress.at,
      changedAt: Math.max(...documents.map((document) => toChangedAt(document, context.toInstant))),
      ...toMoney(sale, progress, settings),
      ...toMoment(sale, progress, context),
      contacts,
    },
    hold: toHold(progress),
    ...(isUnborn(sale, progress) ? { unborn: NOT_POSTED } : {}),
    ...(stranger ? { waits: stranger } : {}),
    warnings: withoutRepeats(warnings),
  };
}

/** As the sale stands: a shipment speaks where it says something, else its order. */
export function toFacts(documents: readonly DalionDocument[], context: Context): Facts {
  const sale = readSale(documents, context);
  const [speaking, orderType] =
    "head" in sale
      ? [speakers(sale, toProgress(sale, context)), ORDER_TYPES[sale.headType]]
      : [[...documents].sort((left, right) => (left.guid < right.guid ? -1 : 1)), null];
  const said = (field: "territory" | "warehouse" | "organization" | "orderType") =>
    speaking.find((document) => document[field] !== null)?.[field] ?? null;
  return {
    territory: said("territory"),
    warehouse: said("warehouse"),
    organization: said("organization"),
    orderType: said("orderType") ?? orderType,
    department: null,
    repairType: null,
    items: speaking.find(({ items }) => items.length > 0)?.items ?? [],
  };
}

/** A sale without an order that is a draft, or thrown away as one. */
function isUnborn({ headType }: Sale, { stage }: Progress): boolean {
  return headType === SHIPMENT && (stage === "ordered" || stage === "cancelled");
}

/** What the head alone says, shipped or not. */
function toIdentity({ head, headType }: Sale, { settings, toInstant }: Context) {
  return {
    orderNumber: head.guid,
    orderAt: toInstant(head.date),
    orderName: head.title ?? toTitle(head, headType),
    matching: {
      at: toMatchingInstant(head.date, toInstant),
      typeToMatch: settings.typeToMatch,
      searchDepthMinutes: settings.searchDepthMinutes,
      leadTags: [],
      customSource: {
        source: settings.fallbackSource,
        medium: settings.fallbackMedium,
        campaign: settings.fallbackCampaign,
      },
    },
    ...(settings.funnel === undefined ? {} : { funnel: settings.funnel }),
    customFields: [],
    products: [],
    showContacts: settings.showContacts,
  } satisfies Partial<Deal>;
}

/** Of the moment that decides: the order's until it is shipped, then the shipment's. */
function toMoment(sale: Sale, progress: Progress, { itemKindTags }: Context): Pick<Deal, "manager" | "tags"> {
  const speaking = speakers(sale, progress);
  const manager = speaking.find((document) => document.manager !== null)?.manager;
  const kinds = speaking.map(({ items }) => [...new Set(items.flatMap(({ kind }) => kind ?? []))]);
  const tags = itemKindTags ? (kinds.find(({ length }) => length > 0) ?? []) : [];
  return { ...(manager ? { manager } : {}), tags: tags.slice(0, TAGS_MAX) };
}

function speakers({ head }: Sale, { shipment }: Progress): DalionDocument[] {
  return shipment === null || shipment === head ? [head] : [shipment, head];
}

/** As 1C shows a document, when it has not sent its own text. */
function toTitle({ number, date }: DalionDocument, type: Sale["headType"]): string {
  const [year, month, day] = date.slice(0, 10).split("-");
  return `${TITLES[type]} ${number} от ${day}.${month}.${year}`;
}

const TITLES = { [ORDER]: "Заказ покупателя", [WORK_ORDER]: "Заказ-наряд", [SHIPMENT]: "Реализация" } as const;
const ORDER_TYPES = {
  [ORDER]: "По заказу покупателя",
  [WORK_ORDER]: "По заказ-наряду",
  [SHIPMENT]: "Реализация",
} as const;

const NOT_POSTED: Notice = {
  code: "NOT_POSTED",
  message: "Реализация без заказа не проведена: сделка появится после проведения",
};

function noContacts(dropped: readonly Notice[]): Notice {
  const why = dropped.map(({ message }) => ` ${message}.`).join("");
  return {
    code: "NO_CONTACTS",
    message: `Нет ни телефона, ни e-mail клиента.${why} Укажите их у клиента и отправьте документ ещё раз`,
  };
}
