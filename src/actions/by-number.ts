import type { ListedDeal } from "../calltouch/listed-deal.ts";
import type { Reader, ReadStop } from "../dispatcher/reader.ts";

type AskedByNumber = { kind: "found"; records: ListedDeal[] } | { kind: "nothing" } | { kind: "unread" } | ReadStop;

/** The filter is documented as Calltouch's own number and answered with ours, so "nothing" proves nothing by itself. */
export async function askByNumber(reader: Reader, orderNumber: string): Promise<AskedByNumber> {
  const read = await reader.ask((client) => client.list({ orderNumber, withAllOrderOrigins: true }), "list");
  if (read.kind !== "read") return read;
  const records = read.value.records.filter((record) => record.orderNumber === orderNumber);
  if (records.length > 0) return { kind: "found", records };
  return { kind: read.value.unreadable > 0 ? "unread" : "nothing" };
}
