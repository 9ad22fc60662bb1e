/** Alfa-Auto's documents of one deal → the deal: tables 1 and 3 of the assignment. */
import type { Fold, FoldContext, Notice, ToInstant } from "../../src/adapter.ts";
import type { Deal } from "../../src/deal.ts";
import { toKopecks } from "../onec/amount.ts";
import { toContacts } from "../onec/client-contacts.ts";
import { toMatchingInstant } from "../onec/date.ts";
import { brokenReferences, withoutRepeats } from "../onec/warning.ts";
import { type AlfaAutoDocument, appointmentBase, isAppointment } from "./document.ts";
import type { AlfaAutoSettings } from "./settings.ts";
import { type State, speakingState, toSilence, toState } from "./state.ts";

type Context = FoldContext<AlfaAutoSettings>;

/** Folds an appointment and its work orders, in any order, into one deal. */
export function toDeal(documents: readonly AlfaAutoDocument[], context: Context): Fold {
  const all = documents.map((document) => toState(document, context)).sort(byEntry);
  const counted = context.settings.deleted === "delete" ? all.filter((state) => !state.deleted) : all;
  if (counted.length === 0) return { kind: "deletion", warnings: [] };
  const appointment = counted.find(({ document }) => isAppointment(document)) ?? null;
  const orders = counted.filter(({ document }) => !isAppointment(document));
  const state = speakingState(appointment, orders);
  if (!state?.status) return { kind: "skipped", reason: toSilence(orders.length > 0 ? orders : counted) };
  const warnings: Notice[] = all.flatMap(({ document }) => brokenReferences(document));
  const revenue = toRevenue(appointment, orders, warnings);
  const facts = toFacts(all, context, warnings);
  const manager = liveFirst(orders.length > 0 ? orders : counted).find(({ document }) => document.manager)?.document
    .manager;
  const { funnel } = context.settings;
  return {
    kind: "deal",
    deal: {
      ...facts,
      status: state.status,
      statusAt: state.statusAt,
      ...(revenue === null ? {} : { revenueKopecks: revenue }),
      ...(manager ? { manager } : {}),
      ...(funnel === undefined ? {} : { funnel }),
    },
    warnings: withoutRepeats(warnings),
  };
}

/** What every document of the deal adds to, deleted or not: what is true of the client and the car stays true. */
function toFacts(all: readonly State[], context: Context, warnings: Notice[]): Omit<Deal, "status" | "statusAt"> {
  const { settings, toInstant } = context;
  const { number, date } = toIdentity(all);
  const ordered = liveFirst(all).map(({ document }) => document);
  const workOrders = ordered.filter((document) => !isAppointment(document));
  const documents = [...ordered.filter(isAppointment), ...workOrders];
  const campaign = workOrders.find((document) => document.campaign)?.campaign;
  const comment = documents.find((document) => document.reason)?.reason;
  return {
    orderNumber: number,
    orderAt: toInstant(date),
    matching: {
      at: toMatchingInstant(date, toInstant),
      typeToMatch: settings.typeToMatch,
      searchDepthMinutes: settings.searchDepthMinutes,
      leadTags: [],
      customSource: {
        source: settings.fallbackSource,
        medium: settings.fallbackMedium,
        campaign: campaign ?? settings.fallbackCampaign,
      },
    },
    changedAt: Math.max(...documents.map((document) => toChangedAt(document, toInstant))),
    tags: toTags(documents, settings),
    customFields: [],
    products: [],
    showContacts: settings.showContacts,
    contacts: toContacts(documents, settings, warnings),
    ...(comment ? { comment } : {}),
  };
}

/** The appointment's number and date, whichever document came first, so that they are the same before and after it comes. */
function toIdentity(all: readonly State[]): { number: string; date: string } {
  const appointment = all.find(({ document }) => isAppointment(document))?.document;
  if (appointment) return appointment;
  const bases = all.map(({ document }) => appointmentBase(document));
  const [first] = all;
  if (!first) throw new Error("a fold without documents");
  return {
    number: bases.find((base) => base?.number)?.number ?? first.document.number,
    date: bases.find((base) => base?.date)?.date ?? first.document.date,
  };
}

/** Kopecks, or null when the ERP gave no sum. */
function toRevenue(appointment: State | null, orders: readonly State[], warnings: Notice[]): number | null {
  const counted =
    orders.length > 0
      ? orders.filter((order) => !order.refused)
      : [appointment].filter((only) => only && !only.deleted);
  if (counted.length === 0) return 0;
  const amounts = counted.flatMap((state) => state?.document.amount ?? []).map(toKopecks);
  if (amounts.length === 0) return null;
  const sum = amounts.reduce((left, right) => left + right, 0);
  if (sum >= 0) return sum;
  warnings.push({
    code: "AMOUNT_NEGATIVE",
    message: "Сумма сделки меньше нуля, передан ноль. Проверьте суммы документов",
  });
  return 0;
}

function toTags(documents: readonly AlfaAutoDocument[], settings: AlfaAutoSettings): string[] {
  const cars = documents.flatMap((document) => document.car ?? []);
  const car = cars.map(({ make, model }) => toCarName(make, model)).find((name) => name !== "");
  const year = cars.find((each) => each.year !== null)?.year;
  return [...new Set([settings.serviceTag, ...(car ? [car] : []), ...(year ? [String(year)] : [])])];
}

/** Make and model; in many bases the model already begins with its make. */
function toCarName(make: string | null, model: string | null): string {
  if (make === null || model === null) return make ?? model ?? "";
  return `${model} `.toLowerCase().startsWith(`${make} `.toLowerCase()) ? model : `${make} ${model}`;
}

/** Some bases send `changedAt` only now and then, but no document was changed before its state was. */
function toChangedAt({ changedAt, statusDate, date }: AlfaAutoDocument, toInstant: ToInstant): number {
  const known = [changedAt, statusDate].filter((each) => each !== null);
  return Math.max(...(known.length === 0 ? [date] : known).map(toInstant));
}

function byEntry(left: State, right: State): number {
  return left.enteredAt - right.enteredAt || (left.document.guid < right.document.guid ? -1 : 1);
}

/** A deleted document is asked last. The sort is stable, so the order of entry is kept. */
function liveFirst(states: readonly State[]): State[] {
  return [...states].sort((left, right) => Number(left.deleted) - Number(right.deleted));
}
