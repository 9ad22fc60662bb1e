/** Opens a database's vault: with ENCRYPTION_KEY or, while it is being replaced, with the key before it. */
import { type Config, ConfigError } from "./config.ts";
import type { Database } from "./database/database.ts";
import type { Platform } from "./platform.ts";
import { createWrappedKeys, openVault, type RandomBytes, rewrapKeys, type Vault, type WrappedKeys } from "./vault.ts";

export interface KeyringDependencies {
  platform: Pick<Platform, "now" | "randomBytes">;
  database: Pick<Database, "keyring">;
  config: Pick<Config, "encryptionKey"> & Partial<Pick<Config, "encryptionKeyPrevious">>;
}

/**
 * The vault, whose keys are made on the first start. Keys wrapped with the previous key are rewrapped at once, so that
 * the next start needs it no more. @throws ConfigError when neither key is the one this database was made with.
 */
export async function openKeyring(dependencies: KeyringDependencies): Promise<Vault> {
  const { platform, database, config } = dependencies;
  const { randomBytes } = platform;
  const create = () => createWrappedKeys(config.encryptionKey, randomBytes);
  const keys = await database.keyring.readOrCreate(create, platform.now());
  return (await openWith(config.encryptionKey, keys, randomBytes)) ?? (await rotate(dependencies, keys)).vault;
}

/**
 * Rewraps the keys under ENCRYPTION_KEY if they are not, reads them back and opens them with it alone. No row besides is
 * touched: what was sealed stays readable because the working keys stay the same, and that is proved too.
 * @throws ConfigError when there is nothing to rotate or neither key fits.
 */
export async function rotateKey(dependencies: KeyringDependencies): Promise<"rotated" | "already"> {
  const { platform, database, config } = dependencies;
  const keys = await database.keyring.read();
  if (!keys) throw new ConfigError(["DATABASE_URL names a database that has no keys yet: start the bridge first"]);
  if (await openWith(config.encryptionKey, keys, platform.randomBytes)) return "already";
  const { vault, probe } = await rotate(dependencies, keys);
  const stored = await database.keyring.read();
  const reopened = stored && (await openWith(config.encryptionKey, stored, platform.randomBytes));
  if (
    !reopened ||
    (await reopened.open(probe, PROBE)) !== PROBE ||
    (await reopened.hash(PROBE)) !== (await vault.hash(PROBE))
  )
    throw new Error("The rewrapped keys do not open what was sealed before");
  return "rotated";
}

const PROBE = "keyring:probe";

async function rotate({ platform, database, config }: KeyringDependencies, keys: WrappedKeys) {
  const { randomBytes } = platform;
  const { encryptionKey, encryptionKeyPrevious } = config;
  if (encryptionKeyPrevious === undefined) throw refusal(["ENCRYPTION_KEY"]);
  const vault = await openWith(encryptionKeyPrevious, keys, randomBytes);
  if (!vault) throw refusal(["ENCRYPTION_KEY", "ENCRYPTION_KEY_PREVIOUS"]);
  const probe = await vault.seal(PROBE, PROBE);
  // Lost only to another process that has just done the same.
  await database.keyring.replace(keys, await rewrapKeys(encryptionKeyPrevious, encryptionKey, keys, randomBytes));
  return { vault, probe };
}

function refusal(names: readonly string[]): ConfigError {
  return new ConfigError(names.map((name) => `${name} is not the key this database was made with`));
}

/** AES-GCM refuses a wrong key by itself; undefined then. */
async function openWith(key: string, keys: WrappedKeys, randomBytes: RandomBytes): Promise<Vault | undefined> {
  try {
    return await openVault(key, keys, randomBytes);
  } catch {
    return undefined;
  }
}
