/** What of an order was brought back, and what was paid back, as its expanded shipments and payments show it. Pure. */
import * as z from "zod";

const linked = z.object({
  meta: z.object({ type: z.string(), href: z.string() }),
  applicable: z.boolean().catch(true),
  deleted: z.string().nullish(),
});
const salesReturn = z.object({ ...linked.shape, sum: z.number().catch(0), payedSum: z.number().catch(0) });
const payment = z.object({
  ...linked.shape,
  operations: z.array(z.object({ meta: z.object({ href: z.string() }), linkedSum: z.number() })).catch([]),
});
const order = z.object({
  id: z.string(),
  demands: z
    .array(z.object({ returns: z.array(salesReturn).nullish().catch(null) }))
    .nullish()
    .catch(null),
  payments: z.array(payment).nullish().catch(null),
});

/** Kopecks of the order's currency; null without any. */
export function returnsOf(raw: unknown): { returnedSum: number | null; refundedSum: number | null } {
  const { id = "", demands, payments } = order.safeParse(raw).data ?? {};
  const returns = (demands ?? []).flatMap((demand) => demand.returns ?? []).filter(isCounted);
  const refunds = (payments ?? []).filter(
    (each) => isCounted(each) && (each.meta.type === "paymentout" || each.meta.type === "cashout"),
  );
  const own = refunds.flatMap(({ operations }) => operations.filter(({ meta }) => meta.href.endsWith(`/${id}`)));
  return {
    returnedSum: returns.length === 0 ? null : total(returns.map(({ sum }) => sum)),
    refundedSum:
      returns.length + own.length === 0
        ? null
        : total([...returns.map(({ payedSum }) => payedSum), ...own.map(({ linkedSum }) => linkedSum)]),
  };
}

function isCounted({ applicable, deleted }: z.infer<typeof linked>): boolean {
  return applicable && !deleted;
}

function total(sums: readonly number[]): number {
  return sums.reduce((left, right) => left + right, 0);
}
