/** ERP keys and the admin token. */
import { isEqualConstantTime, sha256 } from "../bytes.ts";
import { type Caller, LAST_USE_EVERY_MS } from "../database/erp-keys.ts";
import { AppError } from "../error.ts";
import type { HttpDependencies } from "./context.ts";
import type { Failures } from "./failures.ts";
import { checksumOf, splitKey } from "./keys.ts";

/** Of nothing that can be hashed. */
const NO_HASH = "-".repeat(64);

/** What the full token may do and the other one may not: anything but look. */
export type Role = "full" | "read";

interface Guard extends Pick<HttpDependencies, "platform" | "database"> {
  failures: Failures;
}

const WRONG = "Ключ доступа не указан или неверен. Проверьте ключ в настройках обмена";
const SLOW = "Слишком много попыток с неверным ключом. Проверьте ключ в настройках обмена";

/**
 * Whose key the request carries. No key, a wrong one, an expired one and a revoked one take the same way to the same answer.
 * @throws AppError AUTH, or AUTH_SLOW after ten failures from its address within a minute. A valid key is never slowed.
 */
export async function authenticate(request: Request, { platform, database, failures }: Guard): Promise<Caller> {
  const now = platform.now();
  const { id, secret, checksum } = splitKey(keyOf(request.headers) ?? "");
  const hash = await sha256(secret);
  const isWhole = isEqualConstantTime(checksum, await checksumOf(id, secret));
  // Asked for even when there is no key: the time of the answer says nothing either.
  const found = await database.erpKeys.find(isWhole ? id : "", now);
  const isRight = isEqualConstantTime(hash, found?.hash ?? NO_HASH);
  if (found && isRight) {
    if (found.lastUsedAt === null || found.lastUsedAt <= now - LAST_USE_EVERY_MS) {
      platform.background(rememberUse(id, now, { platform, database }));
    }
    return found;
  }
  const retryAfterSeconds = failures.count(platform.address?.(request) ?? "", now);
  if (retryAfterSeconds === undefined) throw new AppError(401, "AUTH", WRONG);
  throw new AppError(429, "AUTH_SLOW", SLOW, { retryAfterSeconds });
}

/** The request does not depend on it: the next one will try again. */
async function rememberUse(
  keyId: string,
  now: number,
  { platform, database }: Pick<Guard, "platform" | "database">,
): Promise<void> {
  try {
    await database.erpKeys.touch(keyId, now);
  } catch (error) {
    const name = error instanceof Error ? error.name : "unknown";
    platform.log({ level: "warn", event: "last-use-not-written", keyId, error: name });
  }
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
export async function authenticateAdmin(
  request: Request,
  { adminToken, adminReadToken }: Pick<HttpDependencies, "adminToken" | "adminReadToken">,
): Promise<Role> {
  const [scheme = "", value = ""] = (request.headers.get("authorization") ?? "").trim().split(/\s+/, 2);
  // Hashes have one length, so not even the token's length shows.
  const hash = await sha256(value);
  const isFull = isEqualConstantTime(hash, await sha256(adminToken));
  const isReader = isEqualConstantTime(hash, adminReadToken === undefined ? NO_HASH : await sha256(adminReadToken));
  if (!/^bearer$/i.test(scheme) || !(isFull || isReader)) {
    throw new AppError(401, "AUTH", "Нужен токен администратора: Authorization: Bearer …");
  }
  return isFull ? "full" : "read";
}
