/** What an adapter is given to reach its ERP: one address, one connection, and what it remembers. */
import * as z from "zod";
import type { Adapter, ApiContext } from "../adapter.ts";
import type { Connection } from "../database/connections.ts";
import type { Database } from "../database/database.ts";
import { openDocument } from "../personal.ts";
import type { Platform } from "../platform.ts";
import type { Vault } from "../vault.ts";
import { openSecrets } from "./secrets.ts";

export interface ApiDependencies {
  platform: Platform;
  database: Database;
  vault: Vault;
  adapters: ReadonlyMap<string, Adapter>;
  /** By adapter, without a slash at the end. */
  erpUrls: Readonly<Record<string, string>>;
}

/** What one run may still use. */
export interface ApiBudget {
  endsAt: number;
  requestsLeft: number;
  /** The runtime's own limit. */
  isSpent?: (() => boolean) | undefined;
}

const settingsRecord = z.record(z.string(), z.unknown());

/** @throws Error when the adapter has no address configured. */
export async function createApiContext(
  { platform, database, vault, erpUrls }: ApiDependencies,
  adapter: Adapter,
  connection: Connection,
  memory: unknown,
  budget: ApiBudget,
): Promise<ApiContext> {
  const baseUrl = erpUrls[adapter.id];
  if (baseUrl === undefined) throw new Error(`the adapter ${adapter.id} has no address`);
  const { id, timeZone, sinceAt } = connection;
  const secrets = await openSecrets(vault, id, connection.secrets);
  const settings = adapter.settings.parse({ ...settingsRecord.parse(connection.settings), ...secrets });
  return {
    connectionId: id,
    baseUrl,
    settings,
    timeZone,
    sinceAt,
    memory,
    fetch(request) {
      // The token travels in these requests: an address out of an answer or a webhook is never asked.
      if (!request.url.startsWith(`${baseUrl}/`)) throw new Error("an address outside the ERP's API");
      budget.requestsLeft -= 1;
      return platform.fetch(new Request(request, { redirect: "manual" }));
    },
    now: platform.now,
    random: platform.random,
    sleep: (ms) => platform.sleep(ms),
    timeout: platform.timeout,
    log: (event) => platform.log({ ...event, connection: id }),
    isSpent: () => budget.requestsLeft <= 0 || platform.now() >= budget.endsAt || budget.isSpent?.() === true,
    async known(guids) {
      const { documents } = await database.documents.read(id, guids, []);
      return open(documents.filter(({ guid }) => guids.includes(guid)));
    },
    async knownAfter(guid, limit) {
      const documents = await database.personalData.documentsAfter(id, guid, limit);
      return open(documents.filter(({ connectionId }) => connectionId === id));
    },
  };

  async function open(rows: readonly { guid: string; sealed: string }[]): Promise<ReadonlyMap<string, unknown>> {
    const opened = rows.map(
      async (row) => [row.guid, adapter.document.parse(await openDocument(vault, id, row))] as const,
    );
    return new Map(await Promise.all(opened));
  }
}
