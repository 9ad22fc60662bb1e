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
const WRONG_TOKEN = "Нужен токен администратора: Authorization: Bearer …";
const SLOW_TOKEN = "Слишком много попыток с неверным токеном администратора. Подождите и проверьте токен";

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
  throw failed(request, { platform, failures }, new AppError(401, "AUTH", WRONG), SLOW);
}

/** The refusal of a failed try, or AUTH_SLOW when there have been too many from its address. */
export function failed(
  request: Request,
  { platform, failures }: Pick<Guard, "platform" | "failures">,
  refusal: AppError,
  slow: string,
): AppError {
  const retryAfterSeconds = failures.count(platform.address?.(request) ?? "", platform.now());
  return retryAfterSeconds === undefined ? refusal : new AppError(429, "AUTH_SLOW", slow, { retryAfterSeconds });
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

/** @throws AppError AUTH, or AUTH_SLOW as for an ERP's key. The right token is never slowed. */
export async function authenticateAdmin(
  request: Request,
  {
    platform,
    adminToken,
    adminReadToken,
    failures,
  }: Pick<HttpDependencies, "platform" | "adminToken" | "adminReadToken" | "failures">,
): Promise<Role> {
  const [scheme = "", value = ""] = (request.headers.get("authorization") ?? "").trim().split(/\s+/, 2);
  // Hashes have one length, so not even the token's length shows.
  const hash = await sha256(value);
  const isFull = isEqualConstantTime(hash, await sha256(adminToken));
  const isReader = isEqualConstantTime(hash, adminReadToken === undefined ? NO_HASH : await sha256(adminReadToken));
  if (/^bearer$/i.test(scheme) && (isFull || isReader)) return isFull ? "full" : "read";
  throw failed(request, { platform, failures }, new AppError(401, "AUTH", WRONG_TOKEN), SLOW_TOKEN);
}
