/**
 * What the ERP has: documents, their states, and which of those the bridge acknowledged. Deals are chosen so that what
 * must stand in Calltouch can be said without the bridge's own rules for folding documents.
 */
import type { Random } from "./random.ts";

const ORDERS_MAX = 3;
const APPOINTMENT_STATUSES = ["Предварительная заявка", "Подтвержденная заявка"];
/** Neither refused nor closed: the work order whose state is the latest speaks. */
const ORDER_STATUSES = ["В работе", "Согласование", "Ожидание запчастей", "Выполнен"];
const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
const MOSCOW_OFFSET_MS = 3 * 3_600_000;

export interface State {
  version: number;
  /** Minutes after the deal's date: unlike for each change of a deal. */
  minute: number;
  status: string;
  amountKopecks: number;
  deleted: boolean;
}

export interface LedgerDocument {
  guid: string;
  number: string;
  isAppointment: boolean;
  deal: LedgerDeal;
  states: State[];
  /** The last state that the bridge answered for, and how it did. */
  acknowledged: { state: State; result: string; code: string } | null;
  /** A client is sending it: another one leaves it alone, as one ERP would. */
  isBusy: boolean;
}

export interface LedgerDeal {
  guid: string;
  number: string;
  date: string;
  at: number;
  changes: number;
  documents: LedgerDocument[];
}

/** One document in one of its states, to be sent. */
export interface Sending {
  document: LedgerDocument;
  state: State;
  body: object;
}

export interface Expected {
  orderNumber: string;
  isDeleted: boolean;
  status: string;
  revenueKopecks: number;
}

export type Ledger = ReturnType<typeof createLedger>;

export function createLedger(random: Random, startedAt: number) {
  const deals: LedgerDeal[] = [];
  const documents: LedgerDocument[] = [];

  function openDeal(): LedgerDeal {
    const at = startedAt - DAY_MS - random.between(0, 2 * 24 * 60) * MINUTE_MS;
    const number = `Т${String(deals.length + 1).padStart(8, "0")}`;
    const deal = { guid: random.guid(), number, date: toLocal(at), at, changes: 0, documents: [] };
    deals.push(deal);
    return deal;
  }

  function addDocument(deal: LedgerDeal, isAppointment: boolean): LedgerDocument {
    const guid = isAppointment ? deal.guid : random.guid();
    const number = isAppointment ? deal.number : `${deal.number}-${deal.documents.length + 1}`;
    const document = { guid, number, isAppointment, deal, states: [], acknowledged: null, isBusy: false };
    deal.documents.push(document);
    documents.push(document);
    return document;
  }

  function change(document: LedgerDocument, deleted = false): Sending {
    const { deal, states, isAppointment } = document;
    deal.changes += 1;
    const state: State = {
      version: states.length + 1,
      minute: deal.changes,
      status: random.oneOf(isAppointment ? APPOINTMENT_STATUSES : ORDER_STATUSES),
      amountKopecks: random.between(0, 5_000_000),
      deleted,
    };
    states.push(state);
    return toSending(document, state);
  }

  function nextSending(): Sending | null {
    if (deals.length === 0 || random.chance(0.45)) return change(addDocument(openDeal(), random.chance(0.8)));
    const deal = random.oneOf(deals);
    const [first] = deal.documents;
    if (!first || isClosed(deal)) return null;
    const hasAppointment = deal.documents.some(({ isAppointment }) => isAppointment);
    if (!hasAppointment && random.chance(0.5)) return change(addDocument(deal, true));
    if (deal.documents.length <= ORDERS_MAX && random.chance(0.3)) return change(addDocument(deal, false));
    const document = random.oneOf(deal.documents);
    if (document.isBusy) return null;
    if (deal.documents.length === 1 && random.chance(0.04)) return change(document, true);
    const old = document.states.at(-2);
    if (old && random.chance(0.05)) return toSending(document, old);
    return change(document);
  }

  return {
    deals,
    documents,
    /** New documents, new states and now and then an old one again; each document is busy until it is released. */
    take(size: number): Sending[] {
      const batch: Sending[] = [];
      for (let tries = 0; batch.length < size && tries < 4 * size; tries += 1) {
        const sending = nextSending();
        if (sending) batch.push(sending);
      }
      for (const { document } of batch) document.isBusy = true;
      return batch;
    },
    release(batch: readonly Sending[]): void {
      for (const { document } of batch) document.isBusy = false;
    },
    /** Of an old state nothing is kept: it must not change anything. */
    acknowledge({ document, state }: Sending, result: string, code: string): void {
      const { acknowledged } = document;
      if (acknowledged && acknowledged.state.version > state.version) return;
      document.acknowledged = { state, result, code };
    },
  };
}

/** From the last acknowledged states; null when nothing of the deal was acknowledged. */
export function expectedOf(deal: LedgerDeal): Expected | null {
  const known = deal.documents.flatMap(({ acknowledged, isAppointment }) =>
    acknowledged ? [{ ...acknowledged.state, isAppointment }] : [],
  );
  const orders = known.filter(({ isAppointment }) => !isAppointment);
  const counted = orders.length > 0 ? orders : known;
  const [speaking] = [...counted].sort((left, right) => right.minute - left.minute);
  if (!speaking) return null;
  return {
    orderNumber: deal.number,
    isDeleted: known.every(({ deleted }) => deleted),
    status: speaking.status,
    revenueKopecks: counted.reduce((sum, { amountKopecks }) => sum + amountKopecks, 0),
  };
}

function isClosed(deal: LedgerDeal): boolean {
  return deal.documents.some(({ states }) => states.at(-1)?.deleted === true);
}

function toSending(document: LedgerDocument, state: State): Sending {
  const { deal, guid, number, isAppointment } = document;
  const changedAt = toLocal(deal.at + state.minute * MINUTE_MS);
  const base = { guid: deal.guid, type: "ЗаявкаНаРемонт", number: deal.number, date: deal.date };
  const body = {
    guid,
    type: isAppointment ? "ЗаявкаНаРемонт" : "ЗаказНаряд",
    number,
    date: deal.date,
    version: String(state.version),
    changedAt,
    status: state.status,
    statusDate: changedAt,
    amount: state.amountKopecks / 100,
    deleted: state.deleted,
    manager: "Соколов Андрей",
    client: "Белозёров Игорь",
    phones: "8 900 123-45-67",
    reason: "Стук в подвеске",
    ...(isAppointment ? {} : { base }),
  };
  return { document, state, body };
}

/** As 1C writes dates. */
function toLocal(at: number): string {
  return new Date(at + MOSCOW_OFFSET_MS).toISOString().slice(0, 19);
}
