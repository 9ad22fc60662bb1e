import type { Database } from "../database/database.ts";
import type { Caller } from "../database/erp-keys.ts";
import { AppError } from "../error.ts";

/**
 * A copied base would send its test documents as real ones; an administrator says which bases are meant. The first one to
 * name itself is remembered. @throws AppError BASE_CHANGED
 */
export async function checkInfobase(
  database: Pick<Database, "connections">,
  { connection }: Caller,
  infobase: string | null | undefined,
  isRemembered = true,
): Promise<void> {
  if (!infobase || connection.infobases.includes(infobase)) return;
  if (connection.infobases.length === 0) {
    if (!isRemembered) return;
    if (await database.connections.rememberFirstInfobase(connection.id, infobase)) return;
    const fresh = await database.connections.get(connection.id);
    if (fresh?.infobases.includes(infobase)) return;
  }
  const message = "База отличается от той, что подключена. Если это не копия, подтвердите её у администратора моста";
  throw new AppError(409, "BASE_CHANGED", message);
}
