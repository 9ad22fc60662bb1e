/** ERP keys and the admin token. */
import { isEqualConstantTime, sha256, toHex } from "../bytes.ts";
import type { Caller } from "../database/connections.ts";
import type { Database } from "../database/database.ts";
import { AppError } from "../error.ts";

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

export async function createKey(randomBytes: (length: number) => Uint8Array): Promise<NewKey> {
  const id = toHex(randomBytes(ID_BYTES));
  const secret = toHex(randomBytes(SECRET_BYTES));
  const key = `${PREFIX}_${id}_${secret}_${await checksumOf(id, secret)}`;
  // The secret has 160 random bits: a plain hash cannot be searched.
  return { id, key, hash: await sha256(secret) };
}

/** Catches a key cut or mistyped in the ERP's settings without asking the database. */
async function checksumOf(id: string, secret: string): Promise<string> {
  return (await sha256(`${PREFIX}_${id}_${secret}`)).slice(0, CHECKSUM_LENGTH);
}

/** Whose key the request carries. @throws AppError AUTH, the same for no key, a wrong one and an unknown one. */
export async function authenticate(request: Request, database: Database): Promise<Caller> {
  const [, id = "", secret = "", checksum = ""] = KEY.exec(keyOf(request.headers) ?? "") ?? [];
  const hash = await sha256(secret);
  const isWhole = isEqualConstantTime(checksum, await checksumOf(id, secret));
  const found = isWhole ? await database.connections.findByKeyId(id) : undefined;
  if (!found || !isEqualConstantTime(hash, found.hash)) {
    throw new AppError(401, "AUTH", "Ключ доступа не указан или неверен. Проверьте ключ в настройках обмена");
  }
  return found;
}

/**
 * From `X-Api-Key`, from `Authorization: Bearer`, or from Basic (the password is the key, the name anything). The first
 * is ours alone, so it wins: `Authorization` may be meant for a proxy on the way.
 */
function keyOf(headers: Headers): string | undefined {
  const own = headers.get("x-api-key")?.trim();
  if (own) return own;
  const [scheme = "", value = ""] = (headers.get("authorization") ?? "").trim().split(/\s+/, 2);
  if (/^bearer$/i.test(scheme)) return value;
  return /^basic$/i.test(scheme) ? passwordOf(value) : undefined;
}

function passwordOf(basic: string): string | undefined {
  try {
    const text = atob(basic);
    return text.slice(text.indexOf(":") + 1).trim();
  } catch {
    return undefined;
  }
}

/** @throws AppError AUTH */
export async function authenticateAdmin(request: Request, adminToken: string): Promise<void> {
  const [scheme = "", value = ""] = (request.headers.get("authorization") ?? "").trim().split(/\s+/, 2);
  // Hashes have one length, so not even the token's length shows.
  const isAdmin = isEqualConstantTime(await sha256(value), await sha256(adminToken));
  if (!/^bearer$/i.test(scheme) || !isAdmin) {
    throw new AppError(401, "AUTH", "Нужен токен администратора: Authorization: Bearer …");
  }
}
