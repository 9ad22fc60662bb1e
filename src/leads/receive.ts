/** Leads that a webhook or a journal tells of, stored for every connection that wants them. */
import type { Adapter, Notice } from "../adapter.ts";
import type { Connection } from "../database/connections.ts";
import type { Database } from "../database/database.ts";
import type { LeadWrite } from "../database/leads.ts";
import type { Lead } from "../lead.ts";
import { hashContacts } from "../personal.ts";
import type { Platform } from "../platform.ts";
import type { Vault } from "../vault.ts";
import { sealLead } from "./sealed-lead.ts";

/** What a journal does not say of a call so long after it nobody will ever say. */
export const JOURNAL_SETTLES_MS = 3_600_000;
/** What a webhook leaves out is waited for so long; then what is known must do, for somebody waits to be called back. */
export const JOURNAL_WAIT_MS = 300_000;

/** Orders are not made when the trial is over: whoever called has been served long since. */
const TRIAL: Notice = { code: "DRY_RUN", message: "Пробный режим: заказ по обращению не создаётся" };

export type LeadSource = "webhook" | "journal";

export interface LeadDependencies {
  platform: Pick<Platform, "now">;
  database: Pick<Database, "leads" | "journals" | "exchanges">;
  vault: Vault;
  adapters: ReadonlyMap<string, Adapter>;
}

/** Returns how many were new or told more than before. A lead older than a connection's first launch is not its own. */
export async function receiveLeads(
  dependencies: LeadDependencies,
  accountId: string,
  leads: readonly Lead[],
  source: LeadSource,
): Promise<number> {
  const { database, platform, adapters } = dependencies;
  if (leads.length === 0) return 0;
  const writes: LeadWrite[] = [];
  for (const connection of await database.leads.connectionsOf(accountId)) {
    const adapter = adapters.get(connection.adapter);
    if (!adapter?.api) continue;
    const own = leads.filter(({ at }) => at >= connection.sinceAt);
    // A journal tells of the same leads again and again.
    const settled = own.length > 1 ? await database.leads.settled(connection.id, own, platform.now()) : new Set();
    const fresh = own.filter(({ kind, id }) => !settled.has(`${kind}:${id}`));
    if (fresh.length === 0) continue;
    await database.exchanges.ensure(connection.id, platform.now());
    writes.push(...(await Promise.all(fresh.map((lead) => toWrite(dependencies, adapter, connection, lead, source)))));
  }
  const count = await database.leads.store(writes, platform.now());
  const isHalfTold = leads.some(isOver) && writes.some(({ status, dueAt }) => status === "waiting" || dueAt > 0);
  if (count > 0 && source === "webhook" && isHalfTold) await database.journals.hasten(accountId, platform.now());
  return count;
}

async function toWrite(
  dependencies: LeadDependencies,
  adapter: Adapter,
  connection: Connection,
  lead: Lead,
  source: LeadSource,
): Promise<LeadWrite> {
  const { vault } = dependencies;
  const { kind, id: leadId, at, phone, email } = lead;
  const contacts = { phones: phone === undefined ? [] : [phone], emails: email === undefined ? [] : [email] };
  return {
    connectionId: connection.id,
    kind,
    leadId,
    at,
    ...judge(dependencies, adapter, connection, lead, source),
    sealed: await sealLead(vault, connection.id, lead),
    contactHashes: await hashContacts(vault, contacts),
  };
}

function judge(
  { platform }: LeadDependencies,
  adapter: Adapter,
  { settings, dryRun }: Connection,
  lead: Lead,
  source: LeadSource,
): Pick<LeadWrite, "status" | "reasonCode" | "reason" | "dueAt"> {
  const judgement = adapter.api?.judgeLead(lead, adapter.settings.parse(settings)) ?? { kind: "take" };
  if (judgement.kind === "skip") return skipped(judgement.reason);
  const now = platform.now();
  const isLastWord = source === "journal" && lead.isFinished && lead.at <= now - JOURNAL_SETTLES_MS;
  const isWaiting = judgement.kind === "wait" ? !isLastWord : source === "webhook" && isAnonymousRequest(lead);
  if (isWaiting) return { status: "waiting", reasonCode: null, reason: null, dueAt: 0 };
  if (dryRun) return skipped(TRIAL);
  const dueAt = source === "journal" || isWhole(lead) ? 0 : now + JOURNAL_WAIT_MS;
  return { status: "due", reasonCode: null, reason: null, dueAt };
}

/**
 * Whether a webhook says who the client is. Of a request it is not known to carry the e-mail, by which the client may be
 * known to the ERP, nor what was written; of a call only what was chosen in the cabinet.
 */
function isWhole({ kind, phone, email }: Lead): boolean {
  return (kind === "call" ? phone : email) !== undefined;
}

/** Nobody could be called back by it: only the journal helps. */
function isAnonymousRequest({ kind, phone, email }: Lead): boolean {
  return kind === "request" && phone === undefined && email === undefined;
}

const isOver = ({ isFinished }: Lead) => isFinished;

function skipped({ code, message }: Notice) {
  return { status: "skipped", reasonCode: code, reason: message, dueAt: 0 } as const;
}
