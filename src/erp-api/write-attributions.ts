/** Advertising sources on their way back into the ERP, in the order in which they were learnt. */

import type { Attribution, Lead } from "../adapter.ts";
import type { FeedRow } from "../database/attributions.ts";
import { openLead } from "../leads/sealed-lead.ts";
import { keep, type Run, type Stop } from "./keep.ts";

/** `seeTo`: called now and then, for what cannot wait until all of it is written. */
export async function writeAttributions(
  run: Run,
  from: number,
  seeTo: () => Promise<Stop | null>,
): Promise<Stop | null> {
  const { database, connection, lease } = run;
  if (!run.isWriting) return null;
  for (let seq = from; ; ) {
    const { rows, scannedTo, more } = await database.attributions.feed(connection.id, seq, false);
    if (scannedTo === seq) return null;
    for (const row of rows) {
      const stop = (await seeTo()) ?? (await writeAttribution(run, row));
      if (!stop) continue;
      const isOurs = await database.exchanges.setAttributionSeq(connection.id, lease, row.seq - 1);
      return isOurs ? stop : { kind: "lease-lost" };
    }
    seq = scannedTo;
    if (!(await database.exchanges.setAttributionSeq(connection.id, lease, seq))) return { kind: "lease-lost" };
    if (!more) return null;
  }
}

async function writeAttribution(run: Run, { guid, attribution }: FeedRow): Promise<Stop | null> {
  const { connection, api, context, platform } = run;
  const written = await api.writeAttribution(guid, attribution, context, await findLead(run, attribution));
  if (written.kind !== "done") return written;
  const { value } = written;
  if (value.kind === "refused") {
    const { code } = value.reason;
    platform.log({ level: "warn", event: "attribution-refused", connection: connection.id, guid, code });
  }
  return keep(run, [], value.memory);
}

/** What a webhook or a journal has told of the lead a deal was matched to: the listing does not tell all of it. */
async function findLead({ database, connection, vault }: Run, { lead }: Attribution): Promise<Lead | undefined> {
  if (lead?.id === undefined || lead.kind === "chat") return undefined;
  const row = await database.leads.find(connection.id, lead.kind, lead.id);
  return (row && (await openLead(vault, row))) ?? undefined;
}
