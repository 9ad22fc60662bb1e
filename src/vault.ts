/**
 * Personal data and tokens at rest. Two random keys do the work, one to seal and one to recognise; only their wrapped
 * forms are stored, so changing ENCRYPTION_KEY rewraps two values and touches no row.
 */
import { fromBase64, toBase64 } from "./bytes.ts";

export interface Vault {
  /** AES-GCM. `place` names where the value lives (table and row) and must be the same when it is opened. */
  seal(plain: string, place: string): Promise<string>;
  /** @throws when the value was changed, moved to another place or sealed under another key. */
  open(sealed: string, place: string): Promise<string>;
  /** HMAC-SHA-256 in base64: recognises a value without keeping it. */
  hash(text: string): Promise<string>;
}

/** The two working keys, each sealed under ENCRYPTION_KEY. */
export interface WrappedKeys {
  dataKey: string;
  hashKey: string;
}

export type RandomBytes = (length: number) => Uint8Array<ArrayBuffer>;

const IV_BYTES = 12;
const KEY_BYTES = 32;
const DATA_KEY_PLACE = "keyring:data";
const HASH_KEY_PLACE = "keyring:hash";
const encoder = new TextEncoder();
const decoder = new TextDecoder();

export async function createWrappedKeys(encryptionKey: string, randomBytes: RandomBytes): Promise<WrappedKeys> {
  const wrapper = await importSealingKey(fromBase64(encryptionKey));
  return {
    dataKey: toBase64(await encrypt(wrapper, randomBytes(KEY_BYTES), DATA_KEY_PLACE, randomBytes)),
    hashKey: toBase64(await encrypt(wrapper, randomBytes(KEY_BYTES), HASH_KEY_PLACE, randomBytes)),
  };
}

/** The same working keys under another ENCRYPTION_KEY. @throws when `from` is not the one they were wrapped with. */
export async function rewrapKeys(
  from: string,
  to: string,
  wrapped: WrappedKeys,
  randomBytes: RandomBytes,
): Promise<WrappedKeys> {
  const opener = await importSealingKey(fromBase64(from));
  const wrapper = await importSealingKey(fromBase64(to));
  const rewrap = async (key: string, place: string) =>
    toBase64(await encrypt(wrapper, await decrypt(opener, fromBase64(key), place), place, randomBytes));
  return {
    dataKey: await rewrap(wrapped.dataKey, DATA_KEY_PLACE),
    hashKey: await rewrap(wrapped.hashKey, HASH_KEY_PLACE),
  };
}

/** @throws when ENCRYPTION_KEY is not the one the keys were wrapped with. */
export async function openVault(encryptionKey: string, wrapped: WrappedKeys, randomBytes: RandomBytes): Promise<Vault> {
  const wrapper = await importSealingKey(fromBase64(encryptionKey));
  const dataKey = await importSealingKey(await decrypt(wrapper, fromBase64(wrapped.dataKey), DATA_KEY_PLACE));
  const hashKey = await crypto.subtle.importKey(
    "raw",
    await decrypt(wrapper, fromBase64(wrapped.hashKey), HASH_KEY_PLACE),
    { name: "HMAC", hash: "SHA-256" },
    false,
    ["sign"],
  );
  return {
    seal: async (plain, place) => toBase64(await encrypt(dataKey, encoder.encode(plain), place, randomBytes)),
    open: async (sealed, place) => decoder.decode(await decrypt(dataKey, fromBase64(sealed), place)),
    hash: async (text) => toBase64(new Uint8Array(await crypto.subtle.sign("HMAC", hashKey, encoder.encode(text)))),
  };
}

function importSealingKey(raw: Uint8Array<ArrayBuffer>): Promise<CryptoKey> {
  return crypto.subtle.importKey("raw", raw, "AES-GCM", false, ["encrypt", "decrypt"]);
}

async function encrypt(key: CryptoKey, plain: Uint8Array<ArrayBuffer>, place: string, randomBytes: RandomBytes) {
  const iv = randomBytes(IV_BYTES);
  const sealed = await crypto.subtle.encrypt(
    { name: "AES-GCM", iv, additionalData: encoder.encode(place) },
    key,
    plain,
  );
  const bytes = new Uint8Array(IV_BYTES + sealed.byteLength);
  bytes.set(iv);
  bytes.set(new Uint8Array(sealed), IV_BYTES);
  return bytes;
}

async function decrypt(key: CryptoKey, bytes: Uint8Array<ArrayBuffer>, place: string) {
  const algorithm = {
    name: "AES-GCM",
    iv: bytes.subarray(0, IV_BYTES),
    additionalData: encoder.encode(place),
  };
  return new Uint8Array(await crypto.subtle.decrypt(algorithm, key, bytes.subarray(IV_BYTES)));
}
