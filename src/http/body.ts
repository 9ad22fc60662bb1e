/** The body of an ERP's request, decided by its bytes: 1C's headers are often missing or wrong (reference onec §1.2–1.4). */
import { AppError } from "../error.ts";
import type { Platform } from "../platform.ts";
import { untilAborted } from "../until-aborted.ts";
import { isDeep, JSON_DEPTH_MAX } from "./depth.ts";
import { isXdto, XDTO } from "./xdto.ts";

export const BODY_BYTES_MAX = 1_048_576;
/** For a whole body, however it trickles. */
export const BODY_TIME_MAX_MS = 20_000;

const BROKEN_OFF = "Тело запроса получено не полностью. Повторите запрос";
const TOO_SLOW = `Тело запроса передавалось дольше ${BODY_TIME_MAX_MS / 1_000} с. Повторите запрос, передавая документы меньшими порциями`;

/** The body as text, whatever it is. @throws AppError BODY, TOO_LARGE, GZIP or ENCODING. */
export async function readText(request: Request, { timeout }: Pick<Platform, "timeout">): Promise<string> {
  const signal = timeout(BODY_TIME_MAX_MS);
  const raw = await readBytes(request.body, request.headers.get("content-length"), signal);
  const bytes = isGzip(raw) ? await unpack(raw, signal) : raw;
  return decode(bytes, request.headers.get("content-type"));
}

/** @throws AppError as `readText`, JSON_DEPTH, JSON or XDTO. */
export async function readJson(request: Request, platform: Pick<Platform, "timeout">): Promise<unknown> {
  const text = await readText(request, platform);
  if (isDeep(text)) {
    const levels = `больше ${JSON_DEPTH_MAX} уровней вложенности`;
    throw new AppError(400, "JSON_DEPTH", `В теле запроса ${levels}. Передайте структуру с массивом`);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new AppError(400, "JSON", "Тело запроса не читается как JSON: используйте ЗаписатьJSON", { cause });
  }
  if (isXdto(value)) throw new AppError(422, XDTO.code, XDTO.message);
  return value;
}

async function readBytes(
  body: ReadableStream<Uint8Array> | null,
  length: string | null,
  signal: AbortSignal,
): Promise<Uint8Array> {
  if (Number(length ?? 0) > BODY_BYTES_MAX) throw tooLarge();
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = body?.getReader();
  try {
    while (reader) {
      const { done, value } = await untilAborted(reader.read(), signal);
      if (done) break;
      size += value.byteLength;
      if (size > BODY_BYTES_MAX) throw tooLarge();
      chunks.push(value);
    }
  } catch (cause) {
    // Nobody reads the rest. Whether letting go of it succeeds changes nothing for the caller.
    reader?.cancel().catch(() => {});
    if (cause instanceof AppError) throw cause;
    throw new AppError(400, "BODY", signal.aborted ? TOO_SLOW : BROKEN_OFF, { cause });
  }
  const bytes = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return bytes;
}

function tooLarge(): AppError {
  return new AppError(413, "TOO_LARGE", "Тело запроса больше 1 МБ. Передавайте документы меньшими порциями, до 100");
}

function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/** The unpacked size is limited like any other body, so a bomb stops at the limit. */
async function unpack(bytes: Uint8Array, signal: AbortSignal): Promise<Uint8Array> {
  const packed = new Blob([new Uint8Array(bytes)]).stream();
  try {
    return await readBytes(packed.pipeThrough(new DecompressionStream("gzip")), null, signal);
  } catch (cause) {
    if (cause instanceof AppError && cause.code === "TOO_LARGE") throw cause;
    throw new AppError(400, "GZIP", "Сжатое тело запроса не распаковывается", { cause });
  }
}

/**
 * What the bytes are when they can be only that, else the charset that was stated: text in windows-1251 is not valid
 * UTF-8, but every UTF-8 text reads as windows-1251. A byte order mark is dropped.
 */
function decode(bytes: Uint8Array, contentType: string | null): string {
  const stated = /charset\s*=\s*["']?([\w.:-]+)/i.exec(contentType ?? "")?.[1];
  const text = decodeAs(charsetOf(bytes), bytes) ?? (stated === undefined ? undefined : decodeAs(stated, bytes));
  if (text !== undefined) return text;
  const message =
    stated === undefined || /^utf-?8$/i.test(stated)
      ? "Тело не в UTF-8. Передайте КодировкаТекста.UTF8"
      : `Тело запроса не в кодировке ${stated.slice(0, 20)}, указанной в заголовке. Передайте КодировкаТекста.UTF8`;
  throw new AppError(400, "ENCODING", message);
}

/** Undefined when the charset is unknown or the bytes are not in it. */
function decodeAs(charset: string, bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder(charset, { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** JSON begins with an ASCII character, so a mark or a zero byte in front tells UTF-16. */
function charsetOf([first, second]: Uint8Array): string {
  if ((first === 0xff && second === 0xfe) || (first !== undefined && first !== 0 && second === 0)) return "utf-16le";
  return (first === 0xfe && second === 0xff) || first === 0 ? "utf-16be" : "utf-8";
}
