/** The only reader of environment variables. */
import * as z from "zod";

/** All problems at once, by name and never by value. */
export class ConfigError extends Error {
  override name = "ConfigError";
  readonly problems: readonly string[];
  constructor(problems: readonly string[], options?: { cause?: unknown }) {
    super(`The configuration is wrong:\n${problems.map((problem) => `  - ${problem}`).join("\n")}`, options);
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

/** https anywhere, http only to this machine: the Calltouch token travels in these requests. */
const serviceUrl = z
  .string()
  .refine((value) => {
    const url = URL.parse(value);
    return url !== null && (url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url.hostname)));
  }, "must be an https address, or http on a loopback address")
  .transform((value) => value.replace(/\/+$/, ""));

const encryptionKey = z
  .string("is required: 32 random bytes in base64, for example from `openssl rand -base64 32`")
  .refine(isKey, "must be 32 bytes in base64, for example from `openssl rand -base64 32`");

const environment = z.object({
  DATABASE_URL: z.string().min(1).default("file:data/bridge.db"),
  DATABASE_AUTH_TOKEN: z.string().min(1).optional(),
  HOST: z.string().min(1).default("127.0.0.1"),
  PORT: z
    .string()
    .regex(/^\d{1,5}$/, "must be a port number")
    .default("8787")
    .transform(Number)
    .refine((port) => port <= 65_535, "must be a port number"),
  ADMIN_TOKEN: z.string("is required: at least 24 characters").min(24, "must be at least 24 characters"),
  ENCRYPTION_KEY: encryptionKey,
  CALLTOUCH_URL: serviceUrl.default("https://api.calltouch.ru"),
  LOG_LEVEL: z.enum(["debug", "info", "warn", "error"], "must be debug, info, warn or error").default("info"),
});

export interface Config {
  databaseUrl: string;
  databaseAuthToken?: string;
  host: string;
  port: number;
  adminToken: string;
  /** Base64, 32 bytes. */
  encryptionKey: string;
  calltouchUrl: string;
  logLevel: "debug" | "info" | "warn" | "error";
}

/** @throws ConfigError naming every variable that is missing or wrong. An empty variable counts as not set. */
export function parseConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ""));
  const parsed = environment.safeParse(given);
  if (!parsed.success) {
    throw new ConfigError(parsed.error.issues.map((issue) => `${issue.path.join(".")} ${issue.message}`));
  }
  const { data } = parsed;
  return {
    databaseUrl: data.DATABASE_URL,
    ...(data.DATABASE_AUTH_TOKEN === undefined ? {} : { databaseAuthToken: data.DATABASE_AUTH_TOKEN }),
    host: data.HOST,
    port: data.PORT,
    adminToken: data.ADMIN_TOKEN,
    encryptionKey: data.ENCRYPTION_KEY,
    calltouchUrl: data.CALLTOUCH_URL,
    logLevel: data.LOG_LEVEL,
  };
}
