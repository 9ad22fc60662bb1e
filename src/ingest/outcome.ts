/** What an ERP is told about the documents of a deal that was folded. Pure. */
import type { Fold, Notice } from "../adapter.ts";
import type { DealRow } from "../database/documents.ts";
import { CLOSED, type Placement } from "./placement.ts";
import { ACCEPTED, NOTHING_TO_TELL, type Outcome } from "./result.ts";

export function toOutcome(fold: Fold, placement: Placement, row?: DealRow): Outcome {
  const dealId = row?.calltouchId ? { dealId: row.calltouchId } : {};
  const skipped = ({ code, message }: Notice): Outcome => ({ result: "skipped", code, message, ...dealId });
  const isHeld = placement.status === "held" || (placement.status === "dead" && placement.reasonCode === CLOSED.code);
  if (isHeld || (fold.kind === "deletion" && placement.status === "delivered")) {
    return skipped({ code: placement.reasonCode ?? "HELD", message: placement.reason ?? "" });
  }
  if (placement.untold === CLOSED) return skipped(CLOSED);
  const warnings = fold.kind === "deal" ? fold.warnings : [];
  if (placement.untold) return skipped(joined([...warnings, placement.untold]) ?? placement.untold);
  if (fold.kind === "skipped") return skipped(fold.reason);
  const accepted = placement.status === "delivered" ? NOTHING_TO_TELL : ACCEPTED;
  return { ...accepted, ...joined(warnings), ...dealId };
}

/** All of them, under the code of the first. */
function joined(notices: readonly Notice[]): Notice | undefined {
  const [first] = notices;
  return first && { code: first.code, message: notices.map(({ message }) => message).join(". ") };
}
