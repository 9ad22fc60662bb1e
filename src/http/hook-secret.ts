/**
 * The last part of a webhook's address: whose it is, and a keyed hash that nobody can make without the bridge's key. So
 * it is not stored anywhere, and can be shown again. With the next version it is another one.
 */
import { isEqualConstantTime } from "../bytes.ts";
import type { Vault } from "../vault.ts";

export type HookSource = "calltouch" | "erp";

/** An account for Calltouch's webhooks, a connection for an ERP's. */
export interface HookOwner {
  id: string;
  hookVersion: number;
}

const ID_LENGTH = 16;
/** 256 bits. */
const HASH_LENGTH = 43;
const SECRET = new RegExp(`^([0-9a-f]{${ID_LENGTH}})([A-Za-z0-9_-]{${HASH_LENGTH}})$`);

export async function createHookSecret(vault: Vault, source: HookSource, owner: HookOwner): Promise<string> {
  return owner.id + (await hashOf(vault, source, owner));
}

/** The owner that `find` gives for the id in it; undefined when there is none, or the secret is not the present one. */
export async function findHookOwner<Owner extends HookOwner>(
  vault: Vault,
  source: HookSource,
  secret: string,
  find: (id: string) => Promise<Owner | undefined>,
): Promise<Owner | undefined> {
  const [, id = "-".repeat(ID_LENGTH), hash = "-".repeat(HASH_LENGTH)] = SECRET.exec(secret) ?? [];
  const owner = await find(id);
  return isEqualConstantTime(hash, await hashOf(vault, source, owner ?? { id, hookVersion: 0 })) ? owner : undefined;
}

async function hashOf(vault: Vault, source: HookSource, { id, hookVersion }: HookOwner): Promise<string> {
  const base64 = await vault.hash(`hook:${source}:${id}:${hookVersion}`);
  return base64.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
