/** What would become of documents, or what becomes of a stored deal, and why: nothing is written and nothing is sent. */
import type { DealRow, DealWrite } from "../database/documents.ts";
import type { WantedDeal } from "../difference.ts";
import { explainRules, type Rule } from "../rules.ts";
import { localToInstant } from "../zone.ts";
import { type Folded, type FoldRequest, foldDeals, type Trace } from "./fold.ts";
import {
  countClashes,
  type IngestDependencies,
  type IngestRequest,
  parseDocuments,
  ROUNDS_MAX,
  toRouting,
} from "./ingest.ts";
import { type DocumentState, judge } from "./judge.ts";
import { type PlanContext, type PlannedRequest, planRequest, toClaimed } from "./planned-request.ts";
import { BUSY, type DocumentResult, GUID_TAKEN } from "./result.ts";

export interface ExplainDependencies extends IngestDependencies {
  calltouchUrl: string;
}

export type ExplainRequest = Omit<IngestRequest, "documents">;

export interface DealExplanation {
  /** Null when there is none, or when it is not there any more. */
  rule: Rule | null;
  /** Why not the others, those that fit first. */
  others: { id: string; reason: string }[];
  account: string;
  leadTags: readonly string[];
  funnel?: string;
  /** What is sent next. */
  request: PlannedRequest;
  /** Of a deal that is held: what would be sent if it were not. */
  ifReleased?: PlannedRequest;
}

export interface DocumentExplanation {
  result: DocumentResult;
  /** Absent for a document that cannot be taken. */
  deal?: DealExplanation;
}

type Stored = Awaited<ReturnType<IngestDependencies["database"]["documents"]["read"]>>;

/** One that waits to be created is judged anew with its next document. */
const GOES_BY_ANOTHER = "Сделка уже идёт по другой настройке";

/** As if these documents were sent now. */
export async function explainDocuments(
  dependencies: ExplainDependencies,
  request: ExplainRequest,
  documents: readonly unknown[],
): Promise<DocumentExplanation[]> {
  const { database, vault } = dependencies;
  const { adapter, connection, account, isManual } = request;
  const { outcomes, guids, valid } = await parseDocuments(vault, adapter, documents);
  const keys = valid.map(({ document }) => adapter.dealKey(document));
  const validGuids = valid.map(({ guid }) => guid);
  const stored = await database.documents.read(connection.id, validGuids, keys);
  const taken = await database.documents.takenGuids(connection.id, account.siteId, validGuids);
  for (const { index, guid } of valid) if (taken.has(guid)) outcomes.set(index, GUID_TAKEN);
  const context = toFoldRequest(dependencies, request, stored);
  const free = valid.filter(({ guid }) => !taken.has(guid));
  const judged = judge({ adapter, toInstant: context.toInstant, isManual }, stored.documents, free);
  for (const [index, outcome] of judged.settled) outcomes.set(index, outcome);

  const folded = await foldAsWritten(dependencies, context, stored, judged.states);
  for (const { incoming, outcome } of judged.waiting) {
    const { index, guid } = incoming;
    outcomes.set(index, folded.failures.get(guid) ?? outcome ?? folded.outcomes.get(guid) ?? BUSY);
  }
  const keyOf = new Map(stored.documents.map(({ guid, dealKey }) => [guid, dealKey]));
  for (const { guid, dealKey } of judged.states.values()) keyOf.set(guid, dealKey);
  const explainKey = await createExplainer(dependencies, request, context, stored, folded);
  return Promise.all(
    documents.map(async (_, index) => {
      const guid = guids.get(index);
      const outcome = outcomes.get(index) ?? BUSY;
      const result = { index, ...(guid === undefined ? {} : { guid }), ...outcome };
      const deal = outcome.result === "error" ? undefined : await explainKey(keyOf.get(guid ?? "") ?? "");
      return { result, ...(deal ? { deal } : {}) };
    }),
  );
}

/** As it stands, and how the rules of now judge it. Undefined when it cannot be folded. */
export async function explainDeal(
  dependencies: ExplainDependencies,
  request: ExplainRequest,
  key: string,
): Promise<DealExplanation | undefined> {
  const stored = await dependencies.database.documents.read(request.connection.id, [], [key]);
  const context = toFoldRequest(dependencies, request, stored);
  const explainKey = await createExplainer(dependencies, request, context, stored);
  return explainKey(key);
}

function toFoldRequest(
  { platform, vault }: ExplainDependencies,
  { adapter, connection, isManual }: ExplainRequest,
  stored: Stored,
): FoldRequest {
  const toInstant = (local: string) => localToInstant(local, connection.timeZone);
  const routing = toRouting(connection, stored);
  return { adapter, connection, toInstant, vault, now: platform.now(), routing, isManual };
}

/** With the numbers that deals would get, of which some may be taken. */
async function foldAsWritten(
  { database }: ExplainDependencies,
  context: FoldRequest,
  stored: Stored,
  states: ReadonlyMap<string, DocumentState>,
): Promise<Folded> {
  const clashes = new Map<string, number>();
  let folded = await foldDeals(context, stored, states, clashes);
  for (let round = 1; round < ROUNDS_MAX; round += 1) {
    const before = countOf(clashes);
    await countClashes(database, clashes, folded.deals, stored.deals);
    for (const { key } of twinsIn(folded.deals)) clashes.set(key, (clashes.get(key) ?? 0) + 1);
    if (countOf(clashes) === before) break;
    folded = await foldDeals(context, stored, states, clashes);
  }
  return folded;
}

function countOf(clashes: ReadonlyMap<string, number>): number {
  return [...clashes.values()].reduce((sum, count) => sum + count, 0);
}

/** Deals of one site with a number that one before them has. */
function twinsIn(deals: readonly DealWrite[]): DealWrite[] {
  const numberOf = ({ siteId, orderNumber }: DealWrite) => `${siteId} ${orderNumber}`;
  const numbers = deals.map(numberOf);
  return deals.filter((deal, index) => deal.orderNumber !== null && numbers.indexOf(numberOf(deal)) < index);
}

/** Deals in `folded` are explained as they would be; the others as they stand. */
async function createExplainer(
  dependencies: ExplainDependencies,
  { adapter, connection }: ExplainRequest,
  context: FoldRequest,
  stored: Stored,
  folded?: Folded,
): Promise<(key: string) => Promise<DealExplanation | undefined>> {
  const { database, vault, calltouchUrl } = dependencies;
  const accounts = new Map((await database.accounts.list()).map((account) => [account.id, account]));
  const writes = new Map(folded?.deals.map((write) => [write.key, write]));
  const standing = stored.deals.map(({ key }) => key).filter((key) => !writes.has(key));
  const { traces } = await foldDeals(context, stored, new Map(), new Map(), standing);
  const byKey = new Map([...traces, ...(folded?.traces ?? [])].map((trace) => [trace.key, trace]));
  return async (key) => {
    const row = stored.deals.find((deal) => deal.key === key);
    const write = writes.get(key);
    const trace = byKey.get(key);
    const stands = write ?? row;
    const account = accounts.get(stands?.accountId ?? "");
    if (!trace || !stands || !account) return undefined;
    const claimed = toClaimed({ connectionId: connection.id, key, adapter: adapter.id }, row, write);
    const plan: PlanContext = { vault, now: context.now, calltouchUrl, crm: adapter.crm, account };
    const requests = await planRequests(stands.status, claimed, plan);
    return { ...explainRoute(context, trace, stands.ruleId, claimed.wanted), account: account.name, ...requests };
  };
}

async function planRequests(
  status: DealRow["status"],
  claimed: Parameters<typeof planRequest>[0],
  context: PlanContext,
): Promise<Pick<DealExplanation, "request" | "ifReleased">> {
  const request = { step: "none" } as const;
  if (status === "due") return { request: await planRequest(claimed, context) };
  const isReleasable = status === "held" && (claimed.wanted !== null || claimed.delivered !== null);
  return isReleasable ? { request, ifReleased: await planRequest(claimed, context) } : { request };
}

function explainRoute(
  { routing }: FoldRequest,
  { route, facts }: Trace,
  ruleId: string | null,
  wanted: WantedDeal | null,
): Pick<DealExplanation, "rule" | "others" | "leadTags" | "funnel"> {
  const explained = facts === null ? [] : explainRules(routing.rules, facts);
  const rule = explained.find((each) => each.rule.id === ruleId)?.rule ?? null;
  const others = explained
    .filter((each) => each.rule.id !== ruleId)
    // Those that fit come first: of the rest it matters least which part is left out.
    .sort((left, right) => Number(right.isFitting) - Number(left.isFitting))
    .map(({ rule: { id }, reason, isChosen }) => ({ id, reason: isChosen ? GOES_BY_ANOTHER : reason }));
  const { leadTags } = wanted?.matching ?? route;
  const { funnel } = wanted ?? route;
  return { rule, others, leadTags, ...(funnel === undefined ? {} : { funnel }) };
}
