/** What it costs to ask Calltouch where deals came from. */
import { openBridgeDatabase } from "./bridge-database.ts";
import { createPostings } from "./documents.ts";
import { judge, round } from "./goal.ts";
import { openLine, requireAccepted } from "./load.ts";
import type { Size } from "./size.ts";
import { startStage } from "./stage.ts";
import { untilTrue } from "./until.ts";

const DEALS: Record<Size, number> = { tiny: 100, usual: 2_500, full: 2_500 };
const PORTION = 100;
/** Calltouch lists so many deals at once. */
const PAGE_RECORDS = 1_000;
const MS_MAX = 60_000;
const POLL_MS = 50;

export async function measureAttributions({
  size,
  note,
}: {
  size: Size;
  note: (text: string) => void;
}): Promise<object> {
  const deals = DEALS[size];
  const stage = await startStage();
  const database = openBridgeDatabase(stage.databaseUrl);
  const patience = { msMax: MS_MAX, pollMs: POLL_MS };
  try {
    const line = await openLine(stage);
    const next = createPostings();
    for (let posted = 0; posted < deals; posted += PORTION)
      requireAccepted(await line.post(next(PORTION).body), PORTION);
    line.close();
    const isDelivered = async () => (await database.dealsDelivered()) === deals;
    await untilTrue(isDelivered, { ...patience, what: "the delivery of every deal" });
    await stage.control("DELETE", "/requests");

    const startedAt = performance.now();
    await database.letAttributionsBeDue();
    const isAsked = async () => (await database.dealsAsked()) === deals;
    const askedAt = await untilTrue(isAsked, { ...patience, what: "the refresh of every deal" });
    const requests = await stage.calltouch.requests();
    note(`${deals} deals asked about in ${requests.length} requests`);
    return {
      deals,
      requests: judge(requests.length, "<=", Math.ceil(deals / PAGE_RECORDS)),
      seconds: round((askedAt - startedAt) / 1_000, 2),
      note: "from the sandbox's log; all deals of the site are due at once, by the schedule and not by hand",
    };
  } finally {
    database.close();
    await stage.stop();
  }
}
