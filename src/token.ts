/** The Calltouch token of an account: sealed at rest, opened only to be sent. */
import type { Vault } from "./vault.ts";

const placeOf = (accountId: string) => `account:${accountId}:token`;

export function sealToken(vault: Vault, accountId: string, token: string): Promise<string> {
  return vault.seal(token, placeOf(accountId));
}

export function openToken(vault: Vault, account: { id: string; token: string }): Promise<string> {
  return vault.open(account.token, placeOf(account.id));
}
