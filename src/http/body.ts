/** The body of an ERP's request, decided by its bytes: 1C's headers are often missing or wrong (reference onec §1.2–1.4). */
import { AppError } from "../error.ts";

export const BODY_BYTES_MAX = 1_048_576;

/** @throws AppError TOO_LARGE, ENCODING, JSON or XDTO. */
export async function readJson(request: Request): Promise<unknown> {
  const raw = await readBytes(request.body, request.headers.get("content-length"));
  const bytes = isGzip(raw) ? await unpack(raw) : raw;
  const text = decode(bytes, request.headers.get("content-type"));
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new AppError(400, "JSON", "Тело запроса не читается как JSON", { cause });
  }
  if (isXdto(value)) {
    throw new AppError(422, "XDTO", "Передан XDTO-JSON, ожидается обычный JSON: используйте ЗаписатьJSON");
  }
  return value;
}

async function readBytes(body: ReadableStream<Uint8Array> | null, length: string | null): Promise<Uint8Array> {
  if (Number(length ?? 0) > BODY_BYTES_MAX) throw tooLarge();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body ?? []) {
    size += chunk.byteLength;
    if (size > BODY_BYTES_MAX) throw tooLarge();
    chunks.push(chunk);
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
async function unpack(bytes: Uint8Array): Promise<Uint8Array> {
  const packed = new Blob([new Uint8Array(bytes)]).stream();
  try {
    return await readBytes(packed.pipeThrough(new DecompressionStream("gzip")), null);
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    throw new AppError(400, "GZIP", "Сжатое тело запроса не распаковывается", { cause });
  }
}

/** The charset that was stated, else UTF-8, strictly. A byte order mark is dropped either way. */
function decode(bytes: Uint8Array, contentType: string | null): string {
  const stated = /charset\s*=\s*"?([\w-]+)/i.exec(contentType ?? "")?.[1];
  const charset = stated ?? charsetOfMark(bytes);
  try {
    return new TextDecoder(charset, { fatal: true }).decode(bytes);
  } catch (cause) {
    const message = stated
      ? `Тело запроса не в кодировке ${stated.slice(0, 20)}, указанной в заголовке`
      : "Тело не в UTF-8. Передайте КодировкаТекста.UTF8";
    throw new AppError(400, "ENCODING", message, { cause });
  }
}

function charsetOfMark(bytes: Uint8Array): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return "utf-16le";
  return bytes[0] === 0xfe && bytes[1] === 0xff ? "utf-16be" : "utf-8";
}

/** `СериализаторXDTO.ЗаписатьJSON` wraps every value in `#type` and `#value`. */
function isXdto(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  if ("#type" in value || "#value" in value) return true;
  const inner = Array.isArray(value) ? value : Object.values(value);
  return inner.slice(0, 100).some((item) => typeof item === "object" && item !== null && hasMark(item));
}

function hasMark(value: object): boolean {
  if ("#type" in value || "#value" in value) return true;
  return (
    Array.isArray(value) &&
    value.slice(0, 100).some((item) => typeof item === "object" && item !== null && hasMark(item))
  );
}
