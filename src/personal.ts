/** What identifies a person in a deal and its documents: sealed at rest, opened only to be sent or folded. */
import * as z from "zod";
import { type Contacts, deal } from "./deal.ts";
import type { Vault } from "./vault.ts";

const personal = z.strictObject({ contacts: deal.shape.contacts, comment: deal.shape.comment });
export type Personal = z.infer<typeof personal>;

interface Place {
  connectionId: string;
  key: string;
  sealed: string | null;
}

const placeOf = ({ connectionId, key }: Omit<Place, "sealed">) => `deal:${connectionId}:${key}`;

export function sealPersonal(vault: Vault, place: Omit<Place, "sealed">, value: Personal): Promise<string> {
  return vault.seal(JSON.stringify(value), placeOf(place));
}

/** No contacts when they have been dropped. @throws when the sealed text is not of this deal or of this key. */
export async function openPersonal(vault: Vault, place: Place): Promise<Personal> {
  if (place.sealed === null) return { contacts: { phones: [], emails: [] } };
  return personal.parse(JSON.parse(await vault.open(place.sealed, placeOf(place))));
}

const documentPlace = (connectionId: string, guid: string) => `document:${connectionId}:${guid}`;

export function sealDocument(vault: Vault, connectionId: string, guid: string, document: unknown): Promise<string> {
  return vault.seal(JSON.stringify(document), documentPlace(connectionId, guid));
}

/** As it was stored; to be parsed by its adapter. @throws when the sealed text is not of this document or of this key. */
export async function openDocument(
  vault: Vault,
  connectionId: string,
  { guid, sealed }: { guid: string; sealed: string },
): Promise<unknown> {
  return JSON.parse(await vault.open(sealed, documentPlace(connectionId, guid)));
}

/** A keyed hash for each phone and e-mail, sorted: recognises a client without keeping the contact. */
export async function hashContacts(vault: Vault, { phones, emails }: Contacts): Promise<string[]> {
  const texts = [...phones.map((phone) => `phone:${phone}`), ...emails.map((email) => `email:${email.toLowerCase()}`)];
  return (await Promise.all(texts.map((text) => vault.hash(text)))).sort();
}
