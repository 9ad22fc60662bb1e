import type { Operation } from "./fault.ts";

/** A request that arrived, as it was answered. */
export interface LoggedRequest {
  /** Epoch milliseconds of the arrival, before any waiting in the queue. */
  at: number;
  ip: string;
  method: string;
  path: string;
  operation: Operation;
  siteId: string;
  /** Orders in the body; 0 for a listing or a journal. */
  items: number;
  /** Null while unanswered, and for good when the answer was dropped or nobody waited for it. */
  status: number | null;
  /** The parsed body of a write. */
  body?: unknown;
  /** The query of a listing or a journal, without the token. */
  query?: Record<string, string>;
}
