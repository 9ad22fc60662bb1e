/** For entries with an embedded database: makes its driver keep what it has prepared. */
import Database from "libsql";

/** More than the bridge has statements; those that are as long as their lists come and go. */
const KEPT_MAX = 500;
/** After anything else a table may not be what a statement was prepared for. */
const KEPT = /^\s*(?:SELECT|INSERT|UPDATE|DELETE|WITH|BEGIN|COMMIT|ROLLBACK)\b/i;

type Statement = ReturnType<Database.Database["prepare"]>;

let isKeeping = false;

/**
 * The driver prepares a statement anew each time it runs, which for most of ours takes longer than running it, and leaves
 * one that has failed open until it is collected: no write is committed meanwhile. A kept statement is begun anew.
 */
export function keepStatements(): void {
  if (isKeeping) return;
  isKeeping = true;
  const { prepare } = Database.prototype;
  const kept = new WeakMap<object, Map<string, Statement>>();
  Object.defineProperty(Database.prototype, "prepare", {
    value(this: object, sql: string): Statement {
      let own = kept.get(this);
      if (!own || own.size >= KEPT_MAX || !KEPT.test(sql)) {
        own = new Map();
        kept.set(this, own);
      }
      const known = own.get(sql);
      if (known) return known;
      const statement: Statement = Reflect.apply(prepare, this, [sql]);
      if (KEPT.test(sql)) own.set(sql, withColumnsKept(statement));
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
