/** The only reader of environment variables. */
import * as z from "zod";
import { isAddressRange } from "./address.ts";

/** All problems at once, by name and never by value. */
export class ConfigError extends Error {
  override name = "ConfigError";
  readonly problems: readonly string[];
  constructor(problems: readonly string[], options?: { cause?: unknown }) {
    super(`Configuration cannot be used:\n${problems.map((problem) => `  - ${problem}`).join("\n")}`, options);
    this.problems = problems;
  }
}

const KEY_BYTES = 32;

function isKey(value: string): boolean {
  try {
    return atob(value).length === KEY_BYTES;
  } catch {
    return false;
  }
}

const isLoopback = (host: string) => host === "localhost" || host === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(host);

/** https anywhere, http only to this machine: tokens travel in these requests. As requests show it, to be compared with them. */
const serviceUrl = z
  .string()
  .refine(
    (value) => {
      const url = URL.parse(value);
      return url !== null && (url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url.hostname)));
    },
    { error: "must be an https address, or http on a loopback address", abort: true },
  )
  .refine((value) => !/[?#@]/.test(value), "must be a bare address, without a password, a query or a fragment")
  .transform((value) => new URL(value).href.replace(/\/+$/, ""));

/** Of other characters a header brings something else, or nothing. */
const adminToken = z
  .string("is required: at least 24 characters")
  .min(24, "must be at least 24 characters")
  .regex(/^[\x21-\x7e]*$/, "must be Latin letters, digits and signs, without spaces");

const encryptionKey = z
  .string("is required: 32 random bytes in base64, for example from `openssl rand -base64 32`")
  .refine(isKey, "must be 32 bytes in base64, for example from `openssl rand -base64 32`");

const environment = z.object({
  DATABASE_URL: z
    .string()
    .regex(/^(file:|(libsql|https?|wss?):\/\/)./, "must be file:…, libsql://…, https://… or http://…")
    .default("file:data/bridge.db"),
  DATABASE_AUTH_TOKEN: z.string().min(1).optional(),
  HOST: z.string().min(1).default("127.0.0.1"),
  PORT: z
    .string()
    .regex(/^\d{1,5}$/, "must be a port number")
    .default("8787")
    .transform(Number)
    .refine((port) => port <= 65_535, "must be a port number"),
  ADMIN_TOKEN: adminToken,
  ADMIN_READ_TOKEN: adminToken.optional(),
  ENCRYPTION_KEY: encryptionKey,
  ENCRYPTION_KEY_PREVIOUS: encryptionKey.optional(),
  PERSONAL_DATA_DAYS: z
    .string()
    .regex(/^\d{1,4}$/, "must be a number of days, 1 to 3650")
    .default("90")
    .transform(Number)
    .refine((days) => days >= 1 && days <= 3_650, "must be a number of days, 1 to 3650"),
  CALLTOUCH_URL: serviceUrl.default("https://api.calltouch.ru"),
  CALLTOUCH_HOOK_ADDRESSES: z
    .string()
    .transform((value) => value.split(",").map((each) => each.trim()))
    .refine((ranges) => ranges.every(isAddressRange), "must be IPv4 addresses or ranges, for example 92.118.66.0/23")
    .optional(),
  MOYSKLAD_URL: serviceUrl.default("https://api.moysklad.ru/api/remap/1.2"),
  PUBLIC_URL: serviceUrl.optional(),
  LOG_LEVEL: z.enum(["debug", "info", "warn", "error"], "must be debug, info, warn or error").default("info"),
});

type Environment = Readonly<Record<string, string | undefined>>;

export interface Config {
  databaseUrl: string;
  databaseAuthToken?: string;
  host: string;
  port: number;
  adminToken: string;
  /** May look and not change. */
  adminReadToken?: string;
  /** Base64, 32 bytes. */
  encryptionKey: string;
  /** The key before it, until the database has been opened once under the new one. */
  encryptionKeyPrevious?: string;
  /** How long contacts, names and comments are kept after a deal's last change. */
  personalDataDays: number;
  calltouchUrl: string;
  /** Where Calltouch's webhooks may come from; absent: from anywhere. */
  calltouchHookAddresses?: readonly string[];
  /** The addresses of ERPs that have an API of their own, by adapter. */
  erpUrls: Readonly<Record<string, string>>;
  /** Where the bridge is reached from outside; without it there are no webhooks. */
  publicUrl?: string;
  logLevel: "debug" | "info" | "warn" | "error";
}

/** Said beside the other problems: the two tokens are compared whatever else is wrong. */
const differing = { path: ["ADMIN_READ_TOKEN"], error: "must differ from ADMIN_TOKEN", when: () => true };

function hasTwoTokens({ ADMIN_TOKEN, ADMIN_READ_TOKEN }: z.output<typeof environment>): boolean {
  return ADMIN_READ_TOKEN === undefined || ADMIN_READ_TOKEN !== ADMIN_TOKEN;
}

/** @throws ConfigError naming every variable that is missing or wrong. An empty variable counts as not set. */
export function parseConfig(env: Environment): Config {
  const data = parse(environment.refine(hasTwoTokens, differing), env);
  return {
    ...toDatabase(data),
    host: data.HOST,
    port: data.PORT,
    adminToken: data.ADMIN_TOKEN,
    ...(data.ADMIN_READ_TOKEN === undefined ? {} : { adminReadToken: data.ADMIN_READ_TOKEN }),
    ...toKeys(data),
    personalDataDays: data.PERSONAL_DATA_DAYS,
    calltouchUrl: data.CALLTOUCH_URL,
    ...(data.CALLTOUCH_HOOK_ADDRESSES === undefined ? {} : { calltouchHookAddresses: data.CALLTOUCH_HOOK_ADDRESSES }),
    erpUrls: { moysklad: data.MOYSKLAD_URL },
    ...(data.PUBLIC_URL === undefined ? {} : { publicUrl: data.PUBLIC_URL }),
    logLevel: data.LOG_LEVEL,
  };
}

export type StorageConfig = Pick<
  Config,
  "databaseUrl" | "databaseAuthToken" | "encryptionKey" | "encryptionKeyPrevious"
>;

const storage = environment.pick({
  DATABASE_URL: true,
  DATABASE_AUTH_TOKEN: true,
  ENCRYPTION_KEY: true,
  ENCRYPTION_KEY_PREVIOUS: true,
});

/** The part that a tool needs which only opens the database. @throws ConfigError as `parseConfig` does. */
export function parseStorageConfig(env: Environment): StorageConfig {
  const data = parse(storage, env);
  return { ...toDatabase(data), ...toKeys(data) };
}

function parse<Schema extends z.ZodType>(schema: Schema, env: Environment): z.output<Schema> {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ""));
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  throw new ConfigError(parsed.error.issues.map((issue) => `${issue.path.join(".")} ${issue.message}`));
}

function toDatabase(data: z.output<typeof storage>): Pick<StorageConfig, "databaseUrl" | "databaseAuthToken"> {
  const { DATABASE_URL: databaseUrl, DATABASE_AUTH_TOKEN: token } = data;
  return { databaseUrl, ...(token === undefined ? {} : { databaseAuthToken: token }) };
}

function toKeys(data: z.output<typeof storage>): Pick<StorageConfig, "encryptionKey" | "encryptionKeyPrevious"> {
  const { ENCRYPTION_KEY: encryptionKey, ENCRYPTION_KEY_PREVIOUS: previous } = data;
  return { encryptionKey, ...(previous === undefined ? {} : { encryptionKeyPrevious: previous }) };
}
