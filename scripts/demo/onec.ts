/** Posts a body the way 1C does: whole bytes, a charset that is stated or not, and a key in one of two headers. */
import * as z from "zod";
import type { Step } from "./documents.ts";

const REQUEST_MS_MAX = 20_000;

const answer = z.object({
  message: z.string(),
  results: z
    .array(z.object({ index: z.number(), result: z.string(), code: z.string(), message: z.string().optional() }))
    .default([]),
});
export type Answer = z.infer<typeof answer> & { httpStatus: number };

export async function postAsOneC(url: string, key: string, step: Step): Promise<Answer> {
  const { auth, encoding, documents } = step;
  const response = await fetch(`${url}/v1/alfa-auto/documents`, {
    method: "POST",
    headers: {
      authorization: auth === "Basic" ? `Basic ${btoa(`1C:${key}`)}` : `Bearer ${key}`,
      "content-type": encoding === "windows-1251" ? "application/json; charset=windows-1251" : "application/json",
    },
    body: encode(JSON.stringify({ client: { infobase: "alfa-main" }, documents }), encoding),
    signal: AbortSignal.timeout(REQUEST_MS_MAX),
  });
  return { httpStatus: response.status, ...answer.parse(await response.json()) };
}

function encode(text: string, encoding: Step["encoding"]): Uint8Array<ArrayBuffer> {
  if (encoding === "windows-1251") return toWindows1251(text);
  return new TextEncoder().encode(encoding === "UTF-8" ? text : `\uFEFF${text}`);
}

/** @throws Error for a letter that windows-1251 does not have. */
function toWindows1251(text: string): Uint8Array<ArrayBuffer> {
  const letters = new TextDecoder("windows-1251").decode(Uint8Array.from({ length: 256 }, (_, byte) => byte));
  return Uint8Array.from(text, (letter) => {
    const byte = letters.indexOf(letter);
    if (byte === -1) throw new Error(`windows-1251 has no ${letter}`);
    return byte;
  });
}
