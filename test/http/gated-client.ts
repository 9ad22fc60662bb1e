/** A database in memory whose statements can be made to wait or to fail. */
import { type Client, createClient } from "@libsql/client";

export interface GatedClient {
  client: Client;
  /** Batches wait from now on, until the returned function is called. */
  hold(): () => void;
  /** Resolves when this many batches wait. */
  held(count: number): Promise<void>;
  /** Everything fails from now on with this text, until it is called without one. */
  fail(text?: string): void;
}

export function createGatedClient(): GatedClient {
  let gate: Promise<void> | undefined;
  let waiting = 0;
  let awaited: { count: number; reached: () => void } | undefined;
  let failure: string | undefined;
  const pass = async () => {
    if (failure !== undefined) throw new Error(failure);
    if (!gate) return;
    waiting += 1;
    if (waiting === awaited?.count) awaited.reached();
    await gate;
    waiting -= 1;
  };
  const inner = createClient({ url: ":memory:" });
  const client: Client = {
    get closed() {
      return inner.closed;
    },
    protocol: inner.protocol,
    async execute(...args: [unknown, unknown?]) {
      if (failure !== undefined) throw new Error(failure);
      return Reflect.apply(inner.execute, inner, args);
    },
    async batch(statements, mode) {
      await pass();
      return inner.batch(statements, mode);
    },
    migrate: (statements) => inner.migrate(statements),
    transaction: () => inner.transaction(),
    executeMultiple: (sql) => inner.executeMultiple(sql),
    sync: () => inner.sync(),
    close: () => inner.close(),
    reconnect: () => inner.reconnect(),
  };
  return {
    client,
    hold() {
      let open = () => {};
      gate = new Promise((resolve) => {
        open = resolve;
      });
      return () => {
        gate = undefined;
        open();
      };
    },
    held: (count) =>
      new Promise((reached) => {
        awaited = { count, reached };
        if (waiting >= count) reached();
      }),
    fail: (text) => {
      failure = text;
    },
  };
}
