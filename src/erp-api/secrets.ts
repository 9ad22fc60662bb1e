/** The settings of a connection that are secret: sealed beside the others, opened only to reach the ERP. */
import * as z from "zod";
import type { Adapter, Notice } from "../adapter.ts";
import { mask } from "../calltouch/mask.ts";
import type { Vault } from "../vault.ts";

type Settings = Record<string, unknown>;
const record = z.record(z.string(), z.unknown());
const placeOf = (connectionId: string) => `connection:${connectionId}:secrets`;

/** Settings that are no record have no secrets; the adapter's schema has refused them before. */
export function splitSettings(adapter: Adapter, settings: unknown): { open: unknown; secrets: Settings } {
  const names = adapter.api?.secrets ?? [];
  const whole = record.safeParse(settings).data;
  if (!whole || names.length === 0) return { open: settings, secrets: {} };
  const isSecret = ([name]: [string, unknown]) => names.includes(name);
  const entries = Object.entries(whole);
  return {
    open: Object.fromEntries(entries.filter((entry) => !isSecret(entry))),
    secrets: Object.fromEntries(entries.filter(isSecret)),
  };
}

/** Null when there is nothing to seal. */
export async function sealSecrets(vault: Vault, connectionId: string, secrets: Settings): Promise<string | null> {
  if (Object.keys(secrets).length === 0) return null;
  return vault.seal(JSON.stringify(secrets), placeOf(connectionId));
}

/** @throws when the sealed text is not of this connection or of this key. */
export async function openSecrets(vault: Vault, connectionId: string, sealed: string | null): Promise<Settings> {
  return sealed === null ? {} : record.parse(JSON.parse(await vault.open(sealed, placeOf(connectionId))));
}

/** An ERP's refusal without the contacts and the secrets it may repeat, fit to be stored and shown. */
export async function maskNotice(
  vault: Vault,
  { id, secrets }: { id: string; secrets: string | null },
  { code, message }: Notice,
): Promise<Notice> {
  const known = Object.values(await openSecrets(vault, id, secrets)).filter((each) => typeof each === "string");
  return { code, message: known.reduce((text, secret) => mask(text, secret), message) };
}
