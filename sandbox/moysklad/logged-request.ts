/** A request that arrived, as it was answered. */
export interface LoggedRequest {
  /** Epoch milliseconds of the arrival. */
  at: number;
  method: string;
  /** After the base: "/entity/customerorder". */
  path: string;
  /** Decoded. */
  query: Record<string, string>;
  headers: Record<string, string>;
  /** The bearer token, or the login; empty when neither is known. */
  token: string;
  /** What it cost of the bucket; 0 when it was refused before. */
  units: number;
  /** Null while unanswered, and for good when the answer was dropped or nobody waited for it. */
  status: number | null;
  /** Codes of the errors in the answer. */
  codes: number[];
  /** The parsed body of a write. */
  body?: unknown;
}
