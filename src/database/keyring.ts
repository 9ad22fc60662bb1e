import { eq } from "drizzle-orm";
import type { WrappedKeys } from "../vault.ts";
import type { Orm } from "./orm.ts";
import { keyring } from "./schema.ts";

const ID = "main";

export function createKeyring(orm: Orm) {
  return {
    /** The stored keys, or these when there are none yet. Of two processes that start together one wins, and both use its keys. */
    async readOrCreate(create: () => Promise<WrappedKeys>, now: number): Promise<WrappedKeys> {
      const [stored] = await orm.select().from(keyring).where(eq(keyring.id, ID));
      if (stored) return stored;
      const fresh = await create();
      await orm
        .insert(keyring)
        .values({ id: ID, ...fresh, createdAt: now })
        .onConflictDoNothing();
      const [kept] = await orm.select().from(keyring).where(eq(keyring.id, ID));
      if (!kept) throw new Error("The keyring was written and cannot be read back");
      return kept;
    },
  };
}
