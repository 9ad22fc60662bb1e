/** Advertising sources on their way back into the ERP, in the order in which they were learnt. */
import type { FeedRow } from "../database/attributions.ts";
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
  const written = await api.writeAttribution(guid, attribution, context);
  if (written.kind !== "done") return written;
  const { value } = written;
  if (value.kind === "refused") {
    const { code } = value.reason;
    platform.log({ level: "warn", event: "attribution-refused", connection: connection.id, guid, code });
  }
  return keep(run, [], value.memory);
}
