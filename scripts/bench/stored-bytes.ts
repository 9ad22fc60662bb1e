/** How many bytes a document costs the bridge's database: its own row and the row of its deal, as ingest writes them. */
import { createClient } from "@libsql/client";

const SAMPLE = 200;
/** Written when the deal has been sent. */
const LATER = new Set(["delivered", "delivered_revision", "calltouch_id", "updated_in_calltouch_at", "lease"]);

export interface StoredBytes {
  documentRow: number;
  dealRow: number;
}

/** Of the latest rows; the contents of their columns alone, without indexes and page overhead. */
export async function measureStoredBytes(databaseUrl: string): Promise<StoredBytes> {
  const client = createClient({ url: databaseUrl, timeout: 5_000 });
  try {
    const averageOf = async (sql: string) => {
      const { rows, columns } = await client.execute({ sql, args: [SAMPLE] });
      if (rows.length === 0) throw new Error("The bridge has stored nothing");
      const counted = columns.filter((column) => !LATER.has(column));
      const bytes = rows.map((row) => counted.reduce((sum, column) => sum + bytesOf(row[column]), 0));
      return Math.round(bytes.reduce((sum, each) => sum + each, 0) / rows.length);
    };
    return {
      documentRow: await averageOf("SELECT * FROM documents LIMIT ?"),
      dealRow: await averageOf("SELECT * FROM deals ORDER BY id DESC LIMIT ?"),
    };
  } finally {
    client.close();
  }
}

/** As SQLite's record format has them (https://sqlite.org/fileformat2.html#record_format). */
function bytesOf(value: unknown): number {
  if (typeof value === "string") return Buffer.byteLength(value);
  if (typeof value !== "number" || value === 0 || value === 1) return 0;
  const bits = Math.ceil(Math.log2(Math.abs(value) + 1)) + 1;
  return [8, 16, 24, 32, 48].find((size) => bits <= size) === undefined ? 8 : Math.ceil(bits / 8);
}
