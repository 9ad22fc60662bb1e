/** Erases one person everywhere: what their deals and documents say of them, and the hashes they would be recognised by. */
import type { PersonalDeal, SealedDocument } from "./database/personal-data.ts";
import type { Contacts } from "./deal.ts";
import { mentions } from "./mention.ts";
import { hashContacts, openDocument } from "./personal.ts";
import { type StripDependencies, stripDeals } from "./retention.ts";

export interface ForgetRequest {
  /** Normalised as the adapters do it. */
  contacts: Contacts;
  /** Opens every document too: a contact that never reached its deal, an anonymous client's say, has no hash. */
  isDeep: boolean;
  /** Only says what would be erased. */
  isDryRun: boolean;
  progress?: (documents: number) => void;
}

export interface Traces {
  deals: number;
  documents: number;
  /** Documents that could not be opened, so nothing can be said of them. Only a deep search meets those of other deals. */
  unreadable: number;
}

export interface Forgotten {
  found: Traces;
  left: Traces;
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
  for (let round = 0; left.deals.length > 0 && round < ROUNDS_MAX; round += 1) {
    for (let start = 0; start < left.deals.length; start += PAGE) {
      const page = left.deals.slice(start, start + PAGE);
      // A document that cannot be read keeps nobody from erasing the rest; the second search counts it.
      const documents = (await stripDeals(dependencies, page)).stripped.map(({ document }) => document);
      await dependencies.database.personalData.forget({ deals: page, documents });
    }
    left = await search(dependencies, request, [...deals.values()]);
    for (const deal of left.deals) deals.set(deal.id, deal);
  }
  return { found, left: left.found };
}

/** Deals that know the contact by its hash or have a document that mentions it. `known` deals are looked into as well. */
async function search(
  dependencies: StripDependencies,
  { contacts, isDeep, progress }: ForgetRequest,
  known: readonly PersonalDeal[] = [],
): Promise<{ deals: PersonalDeal[]; found: Traces }> {
  const { database, vault } = dependencies;
  const found: Traces = { deals: 0, documents: 0, unreadable: 0 };
  const deals = new Map<number, PersonalDeal>();

  const hashes = await hashContacts(vault, contacts);
  for (let afterId = 0; ; ) {
    const page = await database.personalData.findByHashes(hashes, afterId, PAGE);
    for (const deal of page) deals.set(deal.id, deal);
    afterId = page.at(-1)?.id ?? afterId;
    if (page.length < PAGE) break;
  }
  const byHash = [...deals.values()];

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
      for (const deal of await database.personalData.findByKeys(connectionId, keys)) deals.set(deal.id, deal);
    }
  };
  if (isDeep) {
    let last: SealedDocument | undefined;
    for (let seen = 0; ; ) {
      const page = await database.personalData.documentsAfter(last?.connectionId ?? "", last?.guid ?? "", PAGE);
      await look(page);
      last = page.at(-1);
      seen += page.length;
      progress?.(seen);
      if (page.length < PAGE) break;
    }
  } else {
    const close = [...new Map([...known, ...byHash].map((deal) => [deal.id, deal])).values()];
    for (let start = 0; start < close.length; start += PAGE)
      await look(await database.personalData.documentsOf(close.slice(start, start + PAGE)));
  }
  found.deals = deals.size;
  return { deals: [...deals.values()], found };
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
