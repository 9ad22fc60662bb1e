/** Every request that arrived, as it was answered. */
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

export interface RequestLog {
  add(entry: LoggedRequest): void;
  all(): LoggedRequest[];
  clear(): void;
}

const ENTRIES_MAX = 100_000;

export function createRequestLog(): RequestLog {
  let entries: LoggedRequest[] = [];
  return {
    add(entry) {
      if (entries.length >= ENTRIES_MAX) entries.shift();
      entries.push(entry);
    },
    all: () => entries.map((entry) => ({ ...entry })),
    clear() {
      entries = [];
    },
  };
}
