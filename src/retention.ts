/**
 * Personal data is kept for a stated time, a deal's after its last change, a lead's after its arrival; then only keyed
 * hashes still recognise the client. The audit log has its time too.
 */
import type { Adapter } from "./adapter.ts";
import type { Database } from "./database/database.ts";
import type { PersonalDeal, SealedDocument, StrippedDocument } from "./database/personal-data.ts";
import { openDocument, sealDocument } from "./personal.ts";
import type { Platform } from "./platform.ts";
import type { Vault } from "./vault.ts";

export const PERSONAL_DATA_DAYS = 90;
/** Three years: as long as the limitation of actions. */
export const AUDIT_DAYS = 1_095;
/** One portion: a few hundred documents, opened and sealed again well within a second. */
export const EXPIRE_DEALS_MAX = 100;
/** Of what is not opened for it. */
export const EXPIRE_ROWS_MAX = 1_000;
const DAY_MS = 86_400_000;
/** How often it is looked for more once nothing is left. */
const REST_MS = 60_000;

export interface StripDependencies {
  database: Pick<Database, "personalData">;
  vault: Vault;
  adapters: ReadonlyMap<string, Adapter>;
}

export interface RetentionDependencies extends StripDependencies {
  platform: Pick<Platform, "now" | "log">;
  database: Pick<Database, "personalData" | "audit">;
  /** How long personal data is kept after the last change. */
  days: number;
}

export function createRetention(dependencies: RetentionDependencies) {
  const { platform, database, days } = dependencies;
  let restsUntil = 0;

  return {
    /**
     * One portion of what has been kept long enough; the next portion follows with the next tick. A deal that cannot be
     * read does not stop the others and comes again a day later.
     */
    async expire(): Promise<void> {
      const now = platform.now();
      if (now < restsUntil) return;
      const deals = await expireDeals(dependencies, now);
      const leads = await database.personalData.leads.expire(now - days * DAY_MS, EXPIRE_ROWS_MAX);
      const changes = await database.audit.expire(now - AUDIT_DAYS * DAY_MS, EXPIRE_ROWS_MAX);
      const isMore = deals.read === EXPIRE_DEALS_MAX || leads === EXPIRE_ROWS_MAX || changes === EXPIRE_ROWS_MAX;
      if (!isMore) restsUntil = now + REST_MS;
      if (changes > 0) platform.log({ level: "info", event: "audit-expired", changes });
      if (deals.read + leads === 0) return;
      const { expired, unreadable } = deals;
      const level = unreadable > 0 ? "warn" : "info";
      platform.log({ level, event: "personal-data-expired", deals: expired, leads, unreadable });
    },
  };
}

async function expireDeals(dependencies: RetentionDependencies, now: number) {
  const { personalData } = dependencies.database;
  const { days } = dependencies;
  const deals = await personalData.expired(now - days * DAY_MS, EXPIRE_DEALS_MAX);
  if (deals.length === 0) return { read: 0, expired: 0, unreadable: 0 };
  const { stripped, unreadable } = await stripDeals(dependencies, deals);
  const isReadable = ({ id }: { id: number }) => !unreadable.some((deal) => deal.id === id);
  const documents = stripped.flatMap(({ deal, document }) => (isReadable(deal) ? [document] : []));
  const expired = await personalData.expire({ deals: deals.filter(isReadable), documents });
  const again = now - (days - 1) * DAY_MS;
  const ids = unreadable.map(({ id }) => id);
  if (ids.length > 0) await personalData.postpone(ids, again);
  return { read: deals.length, expired, unreadable: unreadable.length };
}

/** The documents of these deals resealed without personal data, and the deals of which some document cannot be read. */
export async function stripDeals(dependencies: StripDependencies, deals: readonly PersonalDeal[]) {
  const byKey = new Map(deals.map((deal) => [`${deal.connectionId}:${deal.key}`, deal]));
  const unreadable = new Set<PersonalDeal>();
  const stripped: { deal: PersonalDeal; document: StrippedDocument }[] = [];
  for (const document of await dependencies.database.personalData.documentsOf(deals)) {
    const { connectionId, guid, dealKey, sealed: before } = document;
    const deal = byKey.get(`${connectionId}:${dealKey}`);
    if (document.stripped || !deal) continue;
    try {
      const sealed = await strip(dependencies, document);
      stripped.push({ deal, document: { connectionId, guid, before, sealed } });
    } catch {
      // Sealed under another key, or kept by a version whose documents read otherwise.
      unreadable.add(deal);
    }
  }
  return { stripped, unreadable: [...unreadable] };
}

/** Of a connection that has been deleted nothing will ever be folded again, so nothing is kept. */
async function strip({ vault, adapters }: StripDependencies, document: SealedDocument): Promise<string> {
  if (document.adapter === null) return "";
  const adapter = adapters.get(document.adapter);
  if (!adapter) throw new Error("The adapter is not part of this bridge");
  const { connectionId, guid } = document;
  const opened = adapter.document.parse(await openDocument(vault, connectionId, document));
  return sealDocument(vault, connectionId, guid, adapter.withoutPersonalData(opened));
}
