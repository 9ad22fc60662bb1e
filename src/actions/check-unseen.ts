/**
 * What Calltouch has of documents that the bridge has never seen, or never made a deal of. Their dates are not known, so
 * each is asked for by its number; an empty answer proves nothing unless a number known to be there is found that way.
 */
import type { Reader } from "../dispatcher/reader.ts";
import type { ActionContext, ActionOutcome } from "./action.ts";
import { askByNumber } from "./by-number.ts";
import { ABSENT, checkByNumber } from "./check.ts";
import { createReaders } from "./read.ts";

const UNKNOWN: ActionOutcome = { result: "unknown", code: "UNKNOWN", message: "Документ мосту не передавался" };
const UNPROVEN: ActionOutcome = {
  result: "unknown",
  code: "UNPROVEN",
  message: "По номеру в Calltouch не найдена, но дата сделки неизвестна, и это не точно",
};

/** By guid. */
export async function checkUnseen(
  guids: readonly string[],
  context: ActionContext,
): Promise<Map<string, ActionOutcome>> {
  const { adapter, connection, database } = context;
  const outcomes = new Map<string, ActionOutcome>(guids.map((guid) => [guid, UNKNOWN]));
  if (!adapter.orderNumberOf || guids.length === 0) return outcomes;
  const readers = [...(await createReaders(context, await findSites(context))).values()];
  const missing: string[] = [];
  for (const guid of guids) {
    const outcome = await askEverywhere(readers, adapter.orderNumberOf(guid));
    if (outcome) outcomes.set(guid, outcome);
    else missing.push(guid);
  }
  if (missing.length > 0) {
    const isProven = await isEachProven();
    for (const guid of missing) outcomes.set(guid, isProven ? ABSENT : UNPROVEN);
  }
  return outcomes;

  /** Undefined when no site shows it. */
  async function askEverywhere(sites: readonly Reader[], orderNumber: string): Promise<ActionOutcome | undefined> {
    for (const reader of sites) {
      const outcome = await checkByNumber(reader, orderNumber, context);
      if (outcome) return outcome;
    }
    return undefined;
  }

  async function isEachProven(): Promise<boolean> {
    for (const reader of readers) {
      const listed = await database.actedDeals.listedNumber(connection.id, reader.account.siteId);
      if (listed === undefined || (await askByNumber(reader, listed)).kind !== "found") return false;
    }
    return true;
  }
}

/** Where deals of the connection may have gone: its own site, and those its exchange rules name. */
async function findSites({ database, connection, account }: ActionContext): Promise<string[]> {
  const named = new Set((await database.rules.list(connection.id)).map(({ accountId }) => accountId));
  const accounts = await database.accounts.list();
  return [account.siteId, ...accounts.filter(({ id }) => named.has(id)).map(({ siteId }) => siteId)];
}
