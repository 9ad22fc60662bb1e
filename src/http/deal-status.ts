/** One deal as an ERP sees it: what Calltouch has and what stands in the way of the rest. */
import { attribution } from "../attribution/attribution.ts";
import { deliveredDeal } from "../difference.ts";
import { toSourceView } from "./attributions.ts";
import { cut, MESSAGE_LENGTH_MAX } from "./fit.ts";

interface DealRow {
  orderNumber: string | null;
  status: "due" | "delivered" | "held" | "dead";
  reasonCode: string | null;
  reason: string | null;
  calltouchId: number | null;
  delivered: string | null;
  attribution: string | null;
}

const MESSAGES = {
  due: "Ожидает передачи в Calltouch",
  delivered: "Передана в Calltouch",
  held: "Ожидает решения",
  dead: "Не передана, нужно вмешательство",
};

/** Without the row: the bridge has never seen this document. */
export function toDealStatus(guid: string, row: DealRow | undefined): object {
  if (!row) return { guid, status: "unknown", message: "Документ мосту не передавался" };
  const known = row.delivered === null ? {} : deliveredDeal.parse(JSON.parse(row.delivered));
  return {
    guid,
    status: row.status,
    ...(row.reasonCode === null ? {} : { code: row.reasonCode }),
    message: cut(row.reason ?? MESSAGES[row.status], MESSAGE_LENGTH_MAX),
    ...(row.orderNumber === null ? {} : { orderNumber: row.orderNumber }),
    ...(row.calltouchId === null ? {} : { dealId: row.calltouchId }),
    ...(known.status === undefined ? {} : { dealStatus: cut(known.status, MESSAGE_LENGTH_MAX) }),
    ...(known.revenueKopecks === undefined ? {} : { revenue: (known.revenueKopecks / 100).toFixed(2) }),
    ...(!row.attribution ? {} : { attribution: toSourceView(attribution.parse(JSON.parse(row.attribution))) }),
  };
}
