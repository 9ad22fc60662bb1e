import { describe, expect, it } from "vitest";
import { ConfigError, parseConfig, parseStorageConfig } from "../../src/config.ts";
import { ADMIN_TOKEN, ENCRYPTION_KEY } from "../scene.ts";

const least = { ADMIN_TOKEN, ENCRYPTION_KEY };

function problemsOf(env: Record<string, string | undefined>): readonly string[] {
  try {
    parseConfig(env);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    for (const value of Object.values(env)) if (value && value.length > 5) expect(error.message).not.toContain(value);
    for (const problem of error.problems) expect(error.message).toContain(problem);
    return error.problems;
  }
}
const namesOf = (env: Record<string, string | undefined>) => problemsOf(env).map((problem) => problem.split(" ")[0]);

describe("the configuration", () => {
  it("needs only the two secrets, and has defaults for the rest", () => {
    expect(parseConfig(least)).toEqual({
      databaseUrl: "file:data/bridge.db",
      host: "127.0.0.1",
      port: 8787,
      adminToken: ADMIN_TOKEN,
      encryptionKey: ENCRYPTION_KEY,
      personalDataDays: 90,
      calltouchUrl: "https://api.calltouch.ru",
      erpUrls: { moysklad: "https://api.moysklad.ru/api/remap/1.2" },
      logLevel: "info",
    });
  });

  it("names all problems at once, by name and never by value", () => {
    const env = {
      ADMIN_TOKEN: "too-short-secret",
      ENCRYPTION_KEY: "not-a-key-at-all",
      DATABASE_URL: "/var/lib/bridge.db",
      PORT: "eighty-eighty",
      CALLTOUCH_URL: "http://calltouch.example",
      LOG_LEVEL: "chatty-logs",
    };
    expect(namesOf(env).sort()).toEqual(Object.keys(env).sort());
  });

  it("has a token that may only look when it is given, as long as the full one and not the same", () => {
    const ADMIN_READ_TOKEN = "test-reader-token-0123456789";
    expect(parseConfig({ ...least, ADMIN_READ_TOKEN }).adminReadToken).toBe(ADMIN_READ_TOKEN);
    expect("adminReadToken" in parseConfig({ ...least, ADMIN_READ_TOKEN: "" })).toBe(false);
    for (const wrong of [ADMIN_TOKEN, ADMIN_READ_TOKEN.slice(0, 23)]) {
      expect(namesOf({ ...least, ADMIN_READ_TOKEN: wrong })).toEqual(["ADMIN_READ_TOKEN"]);
    }
    const both = { ADMIN_TOKEN, ADMIN_READ_TOKEN: ADMIN_TOKEN, PORT: "eighty-eighty" };
    expect(namesOf(both).sort()).toEqual(["ADMIN_READ_TOKEN", "ENCRYPTION_KEY", "PORT"]);
  });

  it("takes an empty variable for one that is not set", () => {
    const empty = { DATABASE_URL: "", DATABASE_AUTH_TOKEN: "", HOST: "", PORT: "", CALLTOUCH_URL: "", LOG_LEVEL: "" };
    expect(parseConfig({ ...least, ...empty })).toEqual(parseConfig(least));
    expect(namesOf({ ADMIN_TOKEN: "", ENCRYPTION_KEY: "" }).sort()).toEqual(["ADMIN_TOKEN", "ENCRYPTION_KEY"]);
    expect(problemsOf({}).every((problem) => problem.includes("is required"))).toBe(true);
  });

  it("ignores variables that are not its own", () => {
    expect(parseConfig({ ...least, PATH: "/bin", HOME: undefined })).toEqual(parseConfig(least));
  });

  it.each(["", btoa("x".repeat(31)), btoa("x".repeat(33)), "я".repeat(44)])("takes no key but 32 bytes: %j", (key) => {
    expect(namesOf({ ...least, ENCRYPTION_KEY: key })).toEqual(["ENCRYPTION_KEY"]);
  });

  it("takes the previous key as it takes the key, and nothing else for it", () => {
    const previous = btoa("p".repeat(32));
    expect(parseConfig({ ...least, ENCRYPTION_KEY_PREVIOUS: previous })).toMatchObject({
      encryptionKey: ENCRYPTION_KEY,
      encryptionKeyPrevious: previous,
    });
    expect(namesOf({ ...least, ENCRYPTION_KEY_PREVIOUS: "not-a-key-at-all" })).toEqual(["ENCRYPTION_KEY_PREVIOUS"]);
  });

  it.each(["0", "-1", "3651", "90.5", "ninety", " 90"])("keeps personal data for no such time as %j", (days) => {
    expect(namesOf({ ...least, PERSONAL_DATA_DAYS: days })).toEqual(["PERSONAL_DATA_DAYS"]);
  });

  it("lets a tool open the database without the admin's token", () => {
    expect(parseStorageConfig({ ENCRYPTION_KEY })).toEqual({
      databaseUrl: "file:data/bridge.db",
      encryptionKey: ENCRYPTION_KEY,
    });
    expect(() => parseStorageConfig({ ADMIN_TOKEN })).toThrow(ConfigError);
  });

  it.each(["with a space in it", "с кириллицей в нём", "and-a-line-break\n"])("has no token %j", (word) => {
    const token = `long-enough-token-${word}`;
    expect(problemsOf({ ...least, ADMIN_TOKEN: token, ADMIN_READ_TOKEN: `other-${token}` })).toEqual([
      "ADMIN_TOKEN must be Latin letters, digits and signs, without spaces",
      "ADMIN_READ_TOKEN must be Latin letters, digits and signs, without spaces",
    ]);
  });

  it("has addresses as requests show them, so that they are known again", () => {
    const { calltouchUrl, erpUrls, publicUrl } = parseConfig({
      ...least,
      CALLTOUCH_URL: "https://API.Calltouch.RU:443/",
      MOYSKLAD_URL: " https://API.MoySklad.ru/api/remap/1.2/",
      PUBLIC_URL: "https://Bridge.Example/calltouch/",
    });
    expect([calltouchUrl, erpUrls, publicUrl]).toEqual([
      "https://api.calltouch.ru",
      { moysklad: "https://api.moysklad.ru/api/remap/1.2" },
      "https://bridge.example/calltouch",
    ]);
  });

  it.each([
    "https://user:secret@api.example/a",
    "https://secret@api.example",
    "https://api.example/?key=secret",
    "https://api.example/#secret",
  ])("takes no address that holds more than an address: %s", (url) => {
    for (const name of ["CALLTOUCH_URL", "MOYSKLAD_URL", "PUBLIC_URL"]) {
      const wrong = [`${name} must be a bare address, without a password, a query or a fragment`];
      expect(problemsOf({ ...least, [name]: url })).toEqual(wrong);
    }
  });

  it.each(["0x50", "-1", "65536", "999999", "80.5", " 80"])("takes no port like %j", (PORT) => {
    expect(namesOf({ ...least, PORT })).toEqual(["PORT"]);
  });

  it.each([
    ["https://api.calltouch.ru/", "https://api.calltouch.ru"],
    ["https://proxy.example/calltouch//", "https://proxy.example/calltouch"],
    ["http://127.0.0.1:8790", "http://127.0.0.1:8790"],
    ["http://localhost:8790", "http://localhost:8790"],
    ["http://[::1]:8790", "http://[::1]:8790"],
  ])("takes the address %s", (CALLTOUCH_URL, calltouchUrl) => {
    expect(parseConfig({ ...least, CALLTOUCH_URL }).calltouchUrl).toBe(calltouchUrl);
  });

  it.each([
    "http://api.calltouch.ru",
    "http://127.0.0.1.evil.example",
    "http://localhost.evil.example",
    "ftp://api.calltouch.ru",
    "api.calltouch.ru",
    "https://",
  ])("never lets a token travel to %s", (CALLTOUCH_URL) => {
    expect(namesOf({ ...least, CALLTOUCH_URL })).toEqual(["CALLTOUCH_URL"]);
  });
});
