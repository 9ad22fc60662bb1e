import type { Facts, FoldContext } from "../../src/adapter.ts";
import type { AlfaAutoDocument } from "./document.ts";
import type { AlfaAutoSettings } from "./settings.ts";

/** Of each field, what the earliest document that has it says; deleted documents are asked last. */
export function toFacts(documents: readonly AlfaAutoDocument[], context: FoldContext<AlfaAutoSettings>): Facts {
  const { settings, toInstant } = context;
  const isGone = ({ deleted }: AlfaAutoDocument) => deleted && settings.deleted !== "ignore";
  const ordered = [...documents].sort(
    (left, right) =>
      Number(isGone(left)) - Number(isGone(right)) ||
      toInstant(left.date) - toInstant(right.date) ||
      (left.guid < right.guid ? -1 : 1),
  );
  const said = (field: "organization" | "department" | "repairType") =>
    ordered.find((document) => document[field] !== null)?.[field] ?? null;
  return {
    territory: null,
    warehouse: null,
    organization: said("organization"),
    orderType: null,
    department: said("department"),
    repairType: said("repairType"),
    items: [],
  };
}
