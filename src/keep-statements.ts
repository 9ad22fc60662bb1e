/** For entries with an embedded database: makes its driver keep what it has prepared, and end what found the database busy. */
import Database from "libsql";

/** More than the bridge has statements; those that are as long as their lists come and go. */
const KEPT_MAX = 500;
/** After anything else a table may not be what a statement was prepared for. */
const KEPT = /^\s*(?:SELECT|INSERT|UPDATE|DELETE|WITH|BEGIN|COMMIT|ROLLBACK)\b/i;
/** Made to go on it might commit what is told to have failed. Where it fails the client rolls back. */
const COMMIT = /^\s*COMMIT\b/i;

type Statement = Database.Statement<unknown[]>;

/** Missing in the driver's types. */
const interrupt: () => void = Reflect.get(Database.prototype, "interrupt");

let isKeeping = false;

/** The driver prepares a statement anew each time it runs, which for most of ours takes longer than running it. */
export function keepStatements(): void {
  if (isKeeping) return;
  isKeeping = true;
  const { prepare } = Database.prototype;
  const kept = new WeakMap<object, Map<string, Statement>>();
  Object.defineProperty(Database.prototype, "prepare", {
    value(this: Database.Database, sql: string): Statement {
      let own = kept.get(this);
      if (!own || own.size >= KEPT_MAX || !KEPT.test(sql)) {
        own = new Map();
        kept.set(this, own);
      }
      const known = own.get(sql);
      if (known) return known;
      const prepared: Statement = Reflect.apply(prepare, this, [sql]);
      const statement = withColumnsKept(COMMIT.test(sql) ? prepared : endedWhenBusy(this, prepared));
      if (KEPT.test(sql)) own.set(sql, statement);
      return statement;
    },
  });
}

/** They are asked for each time, twice. */
function withColumnsKept(statement: Statement): Statement {
  const columns = statement.columns.bind(statement);
  let known: ReturnType<typeof columns> | undefined;
  statement.columns = () => {
    known ??= columns();
    return known;
  };
  return statement;
}

/**
 * One that has found the database busy stays under way for the driver, and until it is collected nothing that comes after
 * it is committed, though it is answered as if it were. So it is made to go on, and to break off.
 */
function endedWhenBusy(database: Database.Database, statement: Statement): Statement {
  const { run, all } = statement;
  const ending =
    <Result>(method: (...values: unknown[]) => Result) =>
    (...values: unknown[]): Result => {
      try {
        return method.apply(statement, values);
      } catch (error) {
        if (isBusy(error)) breakOff(database, statement);
        throw error;
      }
    };
  return Object.assign(statement, { run: ending(run), all: ending(all) });
}

function breakOff(database: Database.Database, statement: Statement): void {
  interrupt.call(database);
  try {
    statement.get();
  } catch {
    // It says that it was interrupted.
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Database.SqliteError && error.code.startsWith("SQLITE_BUSY");
}
