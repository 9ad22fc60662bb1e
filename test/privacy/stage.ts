/** What is sealed, opened again: only tests look at it so. */
import type { Client } from "@libsql/client";
import * as z from "zod";
import { createDatabase } from "../../src/database/database.ts";
import { openDocument, openPersonal } from "../../src/personal.ts";
import type { Platform } from "../../src/platform.ts";
import { openVault } from "../../src/vault.ts";
import { ENCRYPTION_KEY, type Scene } from "../scene.ts";

export const DAYS_90 = 90 * 86_400_000;

const dealRow = z.object({
  connection_id: z.string(),
  key: z.string(),
  sealed: z.string().nullable(),
  contact_hashes: z.string(),
});
const documentRow = z.object({ connection_id: z.string(), guid: z.string(), sealed: z.string() });

export async function openSceneVault({
  client,
  platform,
}: {
  client: Client;
  platform: Pick<Platform, "randomBytes">;
}) {
  const keys = await createDatabase(client).keyring.read();
  if (!keys) throw new Error("The bridge has not been started");
  return openVault(ENCRYPTION_KEY, keys, platform.randomBytes);
}

/** Everything that the operator's own key opens, as one text. */
export async function opened(scene: Pick<Scene, "client" | "platform">): Promise<string> {
  const vault = await openSceneVault(scene);
  const deals = z.array(dealRow).parse((await scene.client.execute("SELECT * FROM deals")).rows);
  const documents = z.array(documentRow).parse((await scene.client.execute("SELECT * FROM documents")).rows);
  const parts = await Promise.all([
    ...deals.map((deal) => openPersonal(vault, { ...deal, connectionId: deal.connection_id })),
    ...documents.map((document) =>
      document.sealed === "" ? null : openDocument(vault, document.connection_id, document),
    ),
  ]);
  return parts.map((part) => JSON.stringify(part)).join("\n");
}

export async function contactHashes({ client }: Pick<Scene, "client">): Promise<string[]> {
  const rows = z.array(dealRow).parse((await client.execute("SELECT * FROM deals ORDER BY id")).rows);
  return rows.flatMap((row) => z.array(z.string()).parse(JSON.parse(row.contact_hashes)));
}
