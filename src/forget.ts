/** Erases one person everywhere: what deals, documents and leads say of them, and the hashes they would be recognised by. */
import type { PersonalDeal, SealedDocument } from "./database/personal-data.ts";
import type { PersonalLead } from "./database/personal-leads.ts";
import type { Contacts } from "./deal.ts";
import { openLead } from "./leads/sealed-lead.ts";
import { mentions } from "./mention.ts";
import { hashContacts, openDocument } from "./personal.ts";
import { type StripDependencies, stripDeals } from "./retention.ts";

export interface ForgetRequest {
  /** Normalised as the adapters do it. */
  contacts: Contacts;
  /** Opens every document and lead too: a contact that never reached its deal, an anonymous client's say, has no hash. */
  isDeep: boolean;
  /** Only says what would be erased. */
  isDryRun: boolean;
  progress?: (documents: number) => void;
}

export interface Traces {
  deals: number;
  documents: number;
  leads: number;
  /** Documents and leads that could not be opened, so nothing can be said of them. Only a deep search meets those of others. */
  unreadable: number;
}

export interface Forgotten {
  found: Traces;
  left: Traces;
}

interface Search {
  deals: PersonalDeal[];
  leads: PersonalLead[];
  found: Traces;
}

const PAGE = 100;
/** Deals that change while they are being erased are read and erased again. */
const ROUNDS_MAX = 5;

/** What was found before, and what a second search finds after. A dry run leaves everything. */
export async function forget(dependencies: StripDependencies, request: ForgetRequest): Promise<Forgotten> {
  const first = await search(dependencies, request);
  const { found } = first;
  if (request.isDryRun) return { found, left: found };
  let left = first;
  // Their hashes are gone after the first round, so the deals found once are looked at again by their keys.
  const deals = new Map(first.deals.map((deal) => [deal.id, deal]));
  for (let round = 0; left.deals.length + left.leads.length > 0 && round < ROUNDS_MAX; round += 1) {
    await erase(dependencies, left);
    left = await search(dependencies, request, [...deals.values()]);
    for (const deal of left.deals) deals.set(deal.id, deal);
  }
  return { found, left: left.found };
}

async function erase(dependencies: StripDependencies, { deals, leads }: Search): Promise<void> {
  const { personalData } = dependencies.database;
  // Leads first: one that is still to be placed would become a deal.
  for (const page of inPages(leads)) await personalData.leads.forget(page.map(({ id }) => id));
  for (const page of inPages(deals)) {
    // A document that cannot be read keeps nobody from erasing the rest; the second search counts it.
    const documents = (await stripDeals(dependencies, page)).stripped.map(({ document }) => document);
    await personalData.forget({ deals: page, documents });
  }
}

/** Deals that know the contact by its hash or have a document that mentions it. `known` deals are looked into as well. */
async function search(
  dependencies: StripDependencies,
  request: ForgetRequest,
  known: readonly PersonalDeal[] = [],
): Promise<Search> {
  const { contacts, isDeep, progress } = request;
  const { personalData } = dependencies.database;
  const hashes = await hashContacts(dependencies.vault, contacts);
  const { leads, unreadable } = await searchLeads(dependencies, request, hashes);
  const found: Traces = { deals: 0, documents: 0, leads: leads.length, unreadable };
  const byHash = await readAll((afterId) => personalData.findByHashes(hashes, afterId, PAGE));
  const deals = new Map(byHash.map((deal) => [deal.id, deal]));

  const look = async (documents: readonly SealedDocument[]) => {
    const telling: SealedDocument[] = [];
    for (const document of documents) {
      const answer = await tellsOf(dependencies, document, contacts);
      if (answer === "unreadable") found.unreadable += 1;
      if (answer === "yes") telling.push(document);
    }
    found.documents += telling.length;
    for (const connectionId of new Set(telling.map((document) => document.connectionId))) {
      const keys = telling.flatMap((document) => (document.connectionId === connectionId ? [document.dealKey] : []));
      for (const deal of await personalData.findByKeys(connectionId, keys)) deals.set(deal.id, deal);
    }
  };
  if (isDeep) {
    let last: SealedDocument | undefined;
    for (let seen = 0; ; ) {
      const page = await personalData.documentsAfter(last?.connectionId ?? "", last?.guid ?? "", PAGE);
      await look(page);
      last = page.at(-1);
      seen += page.length;
      progress?.(seen);
      if (page.length < PAGE) break;
    }
  } else {
    const close = [...new Map([...known, ...byHash].map((deal) => [deal.id, deal])).values()];
    for (const page of inPages(close)) await look(await personalData.documentsOf(page));
  }
  found.deals = deals.size;
  return { deals: [...deals.values()], leads, found };
}

async function searchLeads(
  { database, vault }: StripDependencies,
  { contacts, isDeep }: ForgetRequest,
  hashes: readonly string[],
): Promise<{ leads: PersonalLead[]; unreadable: number }> {
  const stored = database.personalData.leads;
  const byHash = await readAll((afterId) => stored.findByHashes(hashes, afterId, PAGE));
  const leads = new Map(byHash.map((lead) => [lead.id, lead]));
  let unreadable = 0;
  for (const row of isDeep ? await readAll((afterId) => stored.listAfter(afterId, PAGE)) : []) {
    const lead = await openLead(vault, row);
    if (lead === null) unreadable += 1;
    else if (mentions(lead, contacts)) leads.set(row.id, row);
  }
  return { leads: [...leads.values()], unreadable };
}

/** As it was stored, not as its adapter reads it: the adapter may no longer be there, and knows only its own fields. */
async function tellsOf({ vault }: StripDependencies, document: SealedDocument, contacts: Contacts) {
  // All that is left of a document whose connection is gone.
  if (document.sealed === "") return "no";
  try {
    return mentions(await openDocument(vault, document.connectionId, document), contacts) ? "yes" : "no";
  } catch {
    return "unreadable";
  }
}

async function readAll<Row extends { id: number }>(read: (afterId: number) => Promise<Row[]>): Promise<Row[]> {
  const rows: Row[] = [];
  for (let afterId = 0; ; ) {
    const page = await read(afterId);
    rows.push(...page);
    afterId = page.at(-1)?.id ?? afterId;
    if (page.length < PAGE) return rows;
  }
}

function inPages<Item>(items: readonly Item[]): Item[][] {
  return Array.from({ length: Math.ceil(items.length / PAGE) }, (_, page) =>
    items.slice(page * PAGE, (page + 1) * PAGE),
  );
}
