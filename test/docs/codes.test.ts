/// <reference types="bun-types" />
/** Whoever gets a code finds it in both READMEs or in `docs/`. */
import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const read = (path: string) => readFileSync(`${ROOT}${path}`, "utf8");

/** A text that looks like a code. In SQL it stands in single quotes. */
const CAPITALS = /(["'])([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*)\1/g;
const COMMENT = /\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm;
const LETTERS_MIN = 3;

/** What looks like a code and is none: the words of others, and of the runtime. */
const OTHERS = [
  ...["GET", "POST", "PUT", "PATCH", "DELETE"],
  // Of Calltouch and MoySklad.
  ...["CALL", "REQUEST", "CHAT", "CREATE", "UPDATE", "FIELDS", "ALL", "COMPLETED"],
  ...["HMAC", "SIGINT", "SIGTERM", "TRUE"],
];
const SYSTEM_ERROR = /^(E[A-Z]{4,}|EAI_[A-Z]+|SQLITE_[A-Z]+|UND_ERR_[A-Z_]+)$/;
/** Codes of ours that begin like an error of the system. */
const OURS = ["ENCODING", "EXISTS"];

const variables = [...read("src/config.ts").matchAll(/^ {2}([A-Z][A-Z_]+):/gm)].map(([, name = ""]) => name);

function findCodes(code: string): string[] {
  const found = [...code.replace(COMMENT, "").matchAll(CAPITALS)].map(([, , text = ""]) => text);
  return [...new Set(found)].filter((text) => text.length >= LETTERS_MIN && isCode(text));
}

function isCode(text: string): boolean {
  if (OTHERS.includes(text) || variables.includes(text)) return false;
  return OURS.includes(text) || !SYSTEM_ERROR.test(text);
}

/** What a text calls a code, a variable or a word of somebody else's. */
function findMentions(text: string): string[] {
  return [...text.matchAll(/`([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*)`/g)].map(([, mention = ""]) => mention);
}

/** In both READMEs, so that neither reader misses it, or in a page of `docs/`. */
function isDocumented(code: string, readmes: readonly string[], pages: readonly string[]): boolean {
  const mention = `\`${code}\``;
  return readmes.every((text) => text.includes(mention)) || pages.some((text) => text.includes(mention));
}

const files = globSync("{src,adapters}/**/*.ts", { cwd: ROOT }).sort();
const codes = [...new Set(files.flatMap((file) => findCodes(read(file))))].sort();
const readmes = ["README.md", "README.ru.md"].map(read);
const pages = ["docs/1c.md", "docs/operation.md"].map(read);

describe("codes of answers", () => {
  it("are found where the code gives them: in answers, in reasons, in SQL", () => {
    expect(codes.length).toBeGreaterThan(100);
    expect(codes).toEqual(expect.arrayContaining(["ACCEPTED", "AUTH", "NO_RULE", "TOKEN", "FORGOTTEN", "EXISTS"]));
  });

  it.each(codes)("%s is explained in both READMEs or in docs", (code) => {
    expect(isDocumented(code, readmes, pages)).toBe(true);
  });

  it("are not explained once nothing answers with them any more", () => {
    const known = [...codes, ...variables, ...OTHERS];
    expect([...readmes, ...pages].flatMap(findMentions).filter((mention) => !known.includes(mention))).toEqual([]);
    expect(findMentions("`GONE_LONG_AGO`, `status`, GET")).toEqual(["GONE_LONG_AGO"]);
  });

  it("would be missed when they are in one README only, or in no quotes of their own", () => {
    expect(isDocumented("NEW_ONE", ["`NEW_ONE`", "OLD_ONE"], ["NEW_ONE"])).toBe(false);
    expect(isDocumented("NEW_ONE", ["`NEW_ONE`", "`NEW_ONE`"], [])).toBe(true);
    expect(isDocumented("NEW_ONE", ["", ""], ["x `NEW_ONE` y"])).toBe(true);
  });

  it("would be found as soon as somebody writes one, and nothing else would", () => {
    const written = `
      // throw new AppError(409, "IN_A_COMMENT", "…");
      throw new AppError(409, "BRAND_NEW", "…");
      const sql = "SET reason_code = 'QUITE_NEW'";
      fetch(url, { method: "POST" }); process.on("SIGTERM", stop); env["ADMIN_TOKEN"]; error.code === "ECONNREFUSED";`;
    expect(findCodes(written)).toEqual(["BRAND_NEW", "QUITE_NEW"]);
  });

  it("that are told apart from names of the environment are not lost with them", () => {
    expect(variables).toContain("ADMIN_TOKEN");
    expect(variables.filter((name) => isCode(name))).toEqual([]);
    expect(findCodes('skip("ENCODING"); skip("EXISTS")')).toEqual(["ENCODING", "EXISTS"]);
  });
});

describe("variables of the environment", () => {
  it.each(variables)("%s is explained in both READMEs", (name) => {
    expect(readmes.every((text) => text.includes(`| \`${name}\``))).toBe(true);
  });
});
