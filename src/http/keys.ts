/** The keys of a connection: several at a time, so that one is replaced without a gap. What a key is made of is here too. */
import { Hono } from "hono";
import * as z from "zod";
import { sha256, toHex } from "../bytes.ts";
import type { ErpKey } from "../database/erp-keys.ts";
import { AppError } from "../error.ts";
import { toAuditEntry } from "./audit.ts";
import { readJson } from "./body.ts";
import type { HttpDependencies, HttpEnv } from "./context.ts";
import { found, instant, parse } from "./fields.ts";

/** Working at once, for one connection. */
const KEYS_MAX = 20;
/** Public, so that a leaked key can be recognised for what it is. */
const PREFIX = "ctb";
const ID_BYTES = 6;
const SECRET_BYTES = 20;
const CHECKSUM_LENGTH = 8;
const KEY = /^ctb_([0-9a-f]{12})_([0-9a-f]{40})_([0-9a-f]{8})$/;

export interface NewKey {
  id: string;
  /** Shown once, never stored. */
  key: string;
  /** What is stored. */
  hash: string;
}

export const creation = z.strictObject({ expiresAt: instant.optional() });

export function createKeyRoutes({ platform, database }: HttpDependencies) {
  const routes = new Hono<HttpEnv>();

  routes.get("/:id/keys", async (c) => {
    const connection = found(await database.connections.get(c.req.param("id")));
    return c.json({ keys: (await database.erpKeys.list(connection.id)).map(toKeyView) });
  });

  routes.post("/:id/keys", async (c) => {
    const { id: connectionId } = found(await database.connections.get(c.req.param("id")));
    const { expiresAt: until } = parse(creation, await readJson(c.req.raw, platform));
    const now = platform.now();
    const expiresAt = until === undefined ? null : Date.parse(until);
    if (expiresAt !== null && expiresAt <= now)
      throw new AppError(422, "FIELD", "Проверьте поля. expiresAt: уже прошло");
    const working = (await database.erpKeys.list(connectionId)).filter((key) => isWorking(key, now));
    if (working.length >= KEYS_MAX) {
      throw new AppError(409, "TOO_MANY", `У подключения уже ${KEYS_MAX} ключей. Отзовите ненужные`);
    }
    const { id, key, hash } = await createKey(platform.randomBytes);
    const after = { connectionId, ...(until === undefined ? {} : { expiresAt: toText(expiresAt) }) };
    const entry = toAuditEntry({ at: now, action: "create", subjectKind: "key", subjectId: id, after });
    await database.erpKeys.insert({ id, connectionId, hash, createdAt: now, expiresAt }, entry);
    return c.json({ id, key }, 201);
  });

  /** To revoke what is revoked changes nothing: a request without an answer may be repeated. */
  routes.delete("/:id/keys/:keyId", async (c) => {
    const { id: connectionId } = found(await database.connections.get(c.req.param("id")));
    const { id } = found((await database.erpKeys.list(connectionId)).find((key) => key.id === c.req.param("keyId")));
    const now = platform.now();
    const before = { connectionId };
    const after = { connectionId, revokedAt: toText(now) };
    const entry = toAuditEntry({ at: now, action: "revoke", subjectKind: "key", subjectId: id, before, after });
    await database.erpKeys.revoke(connectionId, id, now, entry);
    return c.json({ id });
  });

  return routes;
}

export async function createKey(randomBytes: (length: number) => Uint8Array): Promise<NewKey> {
  const id = toHex(randomBytes(ID_BYTES));
  const secret = toHex(randomBytes(SECRET_BYTES));
  const key = `${PREFIX}_${id}_${secret}_${await checksumOf(id, secret)}`;
  // The secret has 160 random bits: a plain hash cannot be searched.
  return { id, key, hash: await sha256(secret) };
}

/** The parts of what may be a key; of anything else they are empty. */
export function splitKey(text: string): { id: string; secret: string; checksum: string } {
  const [, id = "", secret = "", checksum = ""] = KEY.exec(text) ?? [];
  return { id, secret, checksum };
}

/** Tells a key cut or mistyped in the ERP's settings, and a leaked one from chance. */
export async function checksumOf(id: string, secret: string): Promise<string> {
  return (await sha256(`${PREFIX}_${id}_${secret}`)).slice(0, CHECKSUM_LENGTH);
}

function isWorking({ expiresAt, revokedAt }: ErpKey, now: number): boolean {
  return revokedAt === null && (expiresAt === null || expiresAt > now);
}

function toKeyView({ id, createdAt, expiresAt, lastUsedAt, revokedAt }: ErpKey) {
  return {
    id,
    createdAt: toText(createdAt),
    expiresAt: toText(expiresAt),
    lastUsedAt: toText(lastUsedAt),
    revokedAt: toText(revokedAt),
  };
}

/** Undefined is left out of the answer. */
function toText(at: number | null): string | undefined {
  return at === null ? undefined : new Date(at).toISOString();
}
