/** The other plausible reading of whatever Calltouch leaves open and an action may meet. */
import type { KnobsPatch } from "../../sandbox/calltouch/index.ts";

export const OTHERWISE: KnobsPatch = {
  listDeleted: false,
  deleteUnknown: "ok",
  reuseDeletedNumber: true,
  duplicateCreate: "upsert",
  listingOrderNumber: "calltouch",
  echoOrderNumber: false,
  errorNullOnSuccess: false,
  dateToInclusive: false,
  visitNullStyle: "objectOfNulls",
};
