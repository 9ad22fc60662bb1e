/** Posts a body the way 1C does: whole bytes, a charset that is stated or not, and a key in one of two headers. */
import type * as z from "zod";

const REQUEST_MS_MAX = 40_000;

export type Encoding = "UTF-8" | "UTF-8 with a BOM" | "windows-1251";

export interface OneCRequest {
  /** Of the bridge, with the path. */
  url: string;
  key: string;
  auth: "Basic" | "Bearer";
  encoding: Encoding;
  body: object;
}

export async function postAsOneC<T>(
  { url, key, auth, encoding, body }: OneCRequest,
  answer: z.ZodType<T>,
): Promise<T & { httpStatus: number }> {
  const response = await fetch(url, {
    method: "POST",
    headers: {
      authorization: auth === "Basic" ? `Basic ${btoa(`1C:${key}`)}` : `Bearer ${key}`,
      "content-type": encoding === "windows-1251" ? "application/json; charset=windows-1251" : "application/json",
    },
    body: encode(JSON.stringify(body), encoding),
    signal: AbortSignal.timeout(REQUEST_MS_MAX),
  });
  return { httpStatus: response.status, ...answer.parse(await response.json()) };
}

function encode(text: string, encoding: Encoding): Uint8Array<ArrayBuffer> {
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
