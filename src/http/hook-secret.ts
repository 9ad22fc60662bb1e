/**
 * The last part of a webhook's address: whose it is, and a keyed hash that nobody can make without the bridge's key. So
 * it is not stored anywhere, and can be shown again.
 */
import { isEqualConstantTime } from "../bytes.ts";
import type { Vault } from "../vault.ts";

export type HookSource = "calltouch" | "erp";

const ID_LENGTH = 16;
/** 256 bits. */
const HASH_LENGTH = 43;
const SECRET = new RegExp(`^([0-9a-f]{${ID_LENGTH}})([A-Za-z0-9_-]{${HASH_LENGTH}})$`);

/** `id` is an account for Calltouch's webhooks and a connection for an ERP's. */
export async function createHookSecret(vault: Vault, source: HookSource, id: string): Promise<string> {
  return id + (await hashOf(vault, source, id));
}

/** The id of its owner; undefined when the secret was not made here. */
export async function readHookSecret(vault: Vault, source: HookSource, secret: string): Promise<string | undefined> {
  const [, id = "-".repeat(ID_LENGTH), hash = "-".repeat(HASH_LENGTH)] = SECRET.exec(secret) ?? [];
  return isEqualConstantTime(hash, await hashOf(vault, source, id)) ? id : undefined;
}

async function hashOf(vault: Vault, source: HookSource, id: string): Promise<string> {
  const base64 = await vault.hash(`hook:${source}:${id}`);
  return base64.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
