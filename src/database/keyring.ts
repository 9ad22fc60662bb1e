import { and, eq } from "drizzle-orm";
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

    /** The stored keys, undefined before the first start. */
    async read(): Promise<WrappedKeys | undefined> {
      const [stored] = await orm.select().from(keyring).where(eq(keyring.id, ID));
      return stored;
    },

    /** The same keys wrapped anew; false when another process has rewrapped them since they were read. */
    async replace(read: WrappedKeys, { dataKey, hashKey }: WrappedKeys): Promise<boolean> {
      const rows = await orm
        .update(keyring)
        .set({ dataKey, hashKey })
        .where(and(eq(keyring.id, ID), eq(keyring.dataKey, read.dataKey)))
        .returning({ id: keyring.id });
      return rows.length > 0;
    },
  };
}
