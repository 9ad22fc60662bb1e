/** A page of the listing or of a journal: the paged envelope, or a bare array of what it holds. */
import * as z from "zod";
import { readCount } from "./answer-value.ts";
import { present } from "./format.ts";

export interface RawPage {
  rows: unknown[];
  isBare: boolean;
  totals: { page?: number; pageTotal?: number; recordsTotal?: number };
}

const count = z.unknown().optional().transform(readCount);
const envelope = z.object({
  page: count,
  pageTotal: count,
  recordsTotal: count,
  records: z.array(z.unknown()).nullable(),
});

/** Undefined when the body is neither, since "nothing there" must never be guessed. */
export function parsePage(body: unknown): RawPage | undefined {
  if (Array.isArray(body)) return { rows: body, isBare: true, totals: {} };
  const { data } = envelope.safeParse(body);
  if (!data || (data.records === null && data.recordsTotal !== 0)) return undefined;
  const { records, ...totals } = data;
  return { rows: records ?? [], isBare: false, totals: present(totals) };
}
