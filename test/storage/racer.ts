/**
 * Another process with a connection of its own. A local libSQL client blocks its process while it works, so only two
 * processes ever meet each other in one file. Does one job for each message and answers with its result.
 */
import { createDatabase } from "../../src/database/database.ts";
import { migrate } from "../../src/database/migrate.ts";
import { SLOT_SPACING_MS, type Slot, type SlotRequest } from "../../src/database/slots.ts";
import { connect } from "./connect.ts";
import { parseJob } from "./race-job.ts";
import { context, dealWrite, documentWrite, NOW } from "./rows.ts";

process.on("message", async (message) => {
  process.send?.({ result: await run(message) });
});
process.send?.({ result: "ready" });

async function run(message: unknown): Promise<unknown> {
  const job = parseJob(message);
  const client = await connect(job.url);
  try {
    const database = createDatabase(client);
    switch (job.kind) {
      case "migrate":
        return await migrate(client, () => NOW);
      case "keyring":
        return await database.keyring.readOrCreate(async () => ({ dataKey: job.racer, hashKey: job.racer }), NOW);
      case "take":
        return await takeSlots(job.count, job.request, (request) => database.slots.take(request));
      case "acquire":
        return await winners(
          job.ids,
          async (id) => (await database.accounts.acquire(id, job.racer, NOW)) !== undefined,
        );
      case "write":
        return await winners(job.ids, async (id) => {
          const key = job.key === "shared" ? id : `${job.racer}-${id}`;
          const deal = dealWrite({ key, orderNumber: id, readRevision: job.readRevision, reason: job.racer });
          const document = documentWrite({ guid: key, dealKey: key, digest: job.racer });
          const written = await database.documents.write(context(`${job.racer}-${id}`), [deal], [document]);
          return written.dealKeys.has(key) && written.guids.has(key);
        });
      case "infobase":
        return await winners(job.ids, (id) => database.connections.rememberFirstInfobase(id, job.racer));
      default:
        return job satisfies never;
    }
  } finally {
    client.close();
  }
}

/** The clock goes on only when the time table is full, so that every racer is always at its end. */
async function takeSlots(count: number, request: SlotRequest, take: (request: SlotRequest) => Promise<Slot>) {
  const slots: Slot[] = [];
  for (let { now } = request; slots.length < count; ) {
    const slot = await take({ ...request, now });
    if (slot.kind === "busy") now += SLOT_SPACING_MS;
    else slots.push(slot);
  }
  return slots;
}

async function winners(ids: readonly string[], tryOne: (id: string) => Promise<boolean>): Promise<string[]> {
  const won: string[] = [];
  for (const id of ids) if (await tryOne(id)) won.push(id);
  return won;
}
