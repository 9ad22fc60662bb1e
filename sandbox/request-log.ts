/** Every request that arrived, as it was answered: entries are completed where they lie. */
export interface RequestLog<Logged extends object> {
  add(entry: Logged): void;
  all(): Logged[];
  clear(): void;
}

const ENTRIES_MAX = 100_000;

export function createRequestLog<Logged extends object>(): RequestLog<Logged> {
  let entries: Logged[] = [];
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
