/** Asks Calltouch's listing which deals it really has, for all deals in doubt at once. */
import type { ListedDeal } from "../calltouch/listed-deal.ts";
import type { ClaimedDeal } from "../database/claims.ts";
import { type DealWindow, readPages } from "./listing.ts";
import type { Finding } from "./lookup-verdict.ts";
import type { Stop, Turn } from "./turn.ts";

export type Window = DealWindow<ClaimedDeal>;

/** Not read: there are no points for reads until then. */
interface Kept {
  kind: "kept";
  until: number;
}

export type Lookup =
  | { kind: "listed"; findingOf: (orderNumber: string) => Finding }
  /** The listing changed while it was read, or part of it could not be read: nothing may be concluded from it. */
  | { kind: "inconclusive" }
  | Kept
  | Stop;

/** Reads the window, deals of all origins. */
export async function lookUp(turn: Turn, { from, to, deals }: Window): Promise<Lookup> {
  const numbers = new Set(deals.map(({ orderNumber }) => orderNumber));
  const keep = ({ orderNumber }: ListedDeal) => numbers.has(orderNumber);
  const listing = await readPages<Kept | Stop>(
    async (query) => {
      const asked = await turn.ask(
        "list",
        [],
        (client) => client.list(query),
        () => [],
      );
      // Deliveries may still have points when reads have none, so this is no pause of the account.
      if (asked.kind === "paused" && asked.pause.kind === "points")
        return { kind: "stopped", stop: { kind: "kept", until: asked.pause.until } };
      if (asked.kind !== "asked") return { kind: "stopped", stop: asked };
      const { pause } = asked.verdict;
      if (pause) return { kind: "stopped", stop: { kind: "paused", pause } };
      return asked.reply.kind === "answered" ? { kind: "page", page: asked.reply.value } : { kind: "unread" };
    },
    { from, to },
    { keep },
  );
  if (listing.kind === "stopped") return listing.stop;
  if (listing.kind === "inconclusive") return listing;
  const findings = new Map<string, Finding>();
  for (const record of listing.records) {
    const finding = toFinding(record);
    // A number may stand twice, once deleted: the living one counts.
    if (finding.kind === "found" || !findings.has(record.orderNumber)) findings.set(record.orderNumber, finding);
  }
  return { kind: "listed", findingOf: (orderNumber) => findings.get(orderNumber) ?? { kind: "absent" } };
}

function toFinding({ calltouchId, isDeleted }: { calltouchId?: number; isDeleted: boolean }): Finding {
  if (isDeleted) return { kind: "deleted" };
  return { kind: "found", ...(calltouchId === undefined ? {} : { calltouchId }) };
}
