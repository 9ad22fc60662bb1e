/** A client that remembers the statements it is given: the very SQL and arguments the real functions run. */
import type { Client, InArgs, InStatement } from "@libsql/client";

export interface Recorded {
  sql: string;
  args: InArgs;
}

export function recordStatements(client: Client): { client: Client; take(): Recorded[] } {
  let recorded: Recorded[] = [];
  const execute = (statement: InStatement) => {
    recorded.push(toRecorded(statement));
    return client.execute(statement);
  };
  const batch: Client["batch"] = (statements, mode) => {
    for (const statement of statements) {
      recorded.push(Array.isArray(statement) ? { sql: statement[0], args: statement[1] ?? [] } : toRecorded(statement));
    }
    return client.batch(statements, mode);
  };
  const recording = new Proxy(client, {
    get(target, name) {
      if (name === "execute") return execute;
      if (name === "batch") return batch;
      const value: unknown = Reflect.get(target, name);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  const take = () => {
    const taken = recorded;
    recorded = [];
    return taken;
  };
  return { client: recording, take };
}

function toRecorded(statement: InStatement): Recorded {
  return typeof statement === "string"
    ? { sql: statement, args: [] }
    : { sql: statement.sql, args: statement.args ?? [] };
}
