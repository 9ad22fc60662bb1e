/** What a run with an ERP works with, and how it keeps what it has read. */
import type { Adapter, ApiContext, ApiResult, ErpApi, Notice } from "../adapter.ts";
import type { Account } from "../database/accounts.ts";
import type { Connection } from "../database/connections.ts";
import { ingest } from "../ingest/ingest.ts";
import type { ApiDependencies } from "./context.ts";

export interface ExchangeDependencies extends ApiDependencies {
  /** Called after something may have become due. */
  nudge: () => void;
}

/** Why a run ends before everything is done. */
export type Stop = Exclude<ApiResult<never>, { kind: "done" }> | { kind: "lease-lost" };

export interface Run extends ExchangeDependencies {
  adapter: Adapter;
  api: ErpApi;
  connection: Connection;
  account: Account;
  lease: string;
  context: ApiContext;
  /** Whether anything may be written into the ERP: not in a trial, and not without the automatic exchange. */
  isWriting: boolean;
  /** When it was last looked for what cannot wait until a long reading is over. */
  lookedAt: number;
  /** The ERP has answered what it was asked of its orders. */
  hasRead: boolean;
  /** The last portion changed something: the next one will not be the same. */
  isMoving: boolean;
  /** What a lead has met in this run; no other is tried. */
  trouble: Stop | null;
}

const BUSY: Notice = { code: "TRY_LATER", message: "Документ одновременно меняется другим запросом" };
const BUSY_MS = 5_000;

/** Documents first, then the memory: what is lost between the two is read again. */
export async function keep(run: Run, documents: readonly unknown[], memory: unknown): Promise<Stop | null> {
  const { adapter, connection, account, context, lease, database, platform } = run;
  const isRemembered = JSON.stringify(memory) === JSON.stringify(context.memory);
  run.isMoving = !isRemembered;
  if (documents.length > 0) {
    const results = await ingest(run, { adapter, connection, account, documents, isManual: false });
    const bad = results.filter(({ result }) => result === "error");
    for (const { code, guid } of bad)
      platform.log({ level: "error", event: "document-refused", connection: connection.id, code, guid });
    run.isMoving ||= bad.length < results.length;
    if (results.some(({ result }) => result === "accepted" || result === "skipped")) run.nudge();
    // The same documents are read again: what one of them met was a writer of this moment. One that cannot be folded never will be.
    if (bad.some(({ code }) => code === BUSY.code)) return { kind: "later", afterMs: BUSY_MS, reason: BUSY };
  }
  if (isRemembered) return null;
  context.memory = memory;
  return (await database.exchanges.remember(connection.id, lease, memory)) ? null : { kind: "lease-lost" };
}
