import type { Caller } from "../database/erp-keys.ts";

/** The ERP shows its user the messages of these results, as the connection's own account wants it. */
export function withShowMessage<Result extends object>(
  { showMessages }: Pick<Caller["account"], "showMessages">,
  results: readonly Result[],
): (Result & { showMessage?: true })[] {
  return results.map((result) => (showMessages ? { ...result, showMessage: true } : result));
}
