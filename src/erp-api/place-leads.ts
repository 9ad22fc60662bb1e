/** Leads that are to become orders, one after another. One that cannot be placed now does not keep the others. */
import type { ApiResult, Notice, Placed } from "../adapter.ts";
import type { LeadRow } from "../database/leads.ts";
import { openLead } from "../leads/sealed-lead.ts";
import { keep, type Run, type Stop } from "./keep.ts";
import { maskNotice } from "./secrets.ts";

const LEADS_AT_ONCE = 20;
const WAIT_MS = 5_000;
const WAIT_MS_MAX = 300_000;
/** An outage may last for days; a lead that breaks the adapter itself is shown to a person the same day. */
const BREAKS_MAX = 30;

const UNREADABLE: Notice = { code: "UNREADABLE", message: "Данные обращения не читаются или уже удалены" };
const BROKEN: Notice = {
  code: "INTERNAL",
  message: "Внутренняя ошибка моста: обращение не передаётся. Сообщите администратору моста",
};

export async function placeLeads(run: Run): Promise<Stop | null> {
  const { database, connection, platform } = run;
  if (!run.isWriting) return null;
  for (;;) {
    const rows = await database.leads.due(connection.id, platform.now(), LEADS_AT_ONCE);
    if (rows.length === 0) return null;
    for (const row of rows) {
      const stop = await placeLead(run, row);
      if (stop) return stop;
    }
  }
}

async function placeLead(run: Run, row: LeadRow): Promise<Stop | null> {
  const { database, platform, connection } = run;
  let placed: ApiResult<Placed>;
  try {
    placed = await place(run, row);
  } catch (error) {
    const name = error instanceof Error ? error.name : "unknown";
    platform.log({ level: "error", event: "lead-failed", connection: connection.id, lead: row.id, error: name });
    if (row.attempts >= BREAKS_MAX) await database.leads.refused(row.id, BROKEN);
    else await postpone(run, row);
    return null;
  }
  if (placed.kind === "done") return settle(run, row, placed.value);
  // It may be this very lead that the ERP does not answer to.
  if (placed.kind === "later") await postpone(run, row);
  return placed;
}

async function place({ api, context, vault }: Run, row: LeadRow): Promise<ApiResult<Placed>> {
  const lead = await openLead(vault, row);
  if (lead) return api.placeLead(lead, context);
  return { kind: "done", value: { kind: "refused", reason: UNREADABLE, memory: context.memory } };
}

async function settle(run: Run, row: LeadRow, placed: Placed): Promise<Stop | null> {
  const { vault, connection } = run;
  const { leads } = run.database;
  const stop = await keep(run, placed.kind === "placed" ? placed.documents : [], placed.memory);
  if (stop) return stop;
  if (placed.kind === "placed") await leads.placed(row.id, placed.guid);
  else await leads.refused(row.id, await maskNotice(vault, connection, placed.reason));
  return null;
}

async function postpone({ database, platform }: Run, { id, attempts }: LeadRow): Promise<void> {
  const waitMs = Math.min(WAIT_MS * 2 ** Math.min(attempts, 6), WAIT_MS_MAX);
  await database.leads.postpone(id, platform.now() + waitMs);
}
