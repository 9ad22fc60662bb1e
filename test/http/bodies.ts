/** Bodies as 1C writes them, in bytes. */

const CP1251 = new Map<string, number>([
  ["Ё", 0xa8],
  ["ё", 0xb8],
  ["«", 0xab],
  ["»", 0xbb],
  ["№", 0xb9],
  ["—", 0x97],
  ["\u00a0", 0xa0],
]);

/** @throws for a character that is not in windows-1251, or not in this part of it. */
export function toCp1251(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text, (character) => {
    const point = character.charCodeAt(0);
    const byte = point < 0x80 ? point : (CP1251.get(character) ?? point - 0x350);
    if (byte > 0xff || (point >= 0x80 && byte < 0x80)) throw new Error(`not in the table: ${character}`);
    return byte;
  });
}

export function toUtf8(text: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(new TextEncoder().encode(text));
}

export function toUtf16(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(
    [...text].flatMap((character) => [character.charCodeAt(0) & 0xff, character.charCodeAt(0) >> 8]),
  );
}

export async function gzip(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const packed = new Blob([bytes]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(packed).arrayBuffer());
}

/** A body that never ends, and how many of its pieces of 64 KB have been asked for. */
export function endlessBody() {
  let pulled = 0;
  const stream = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        pulled += 1;
        controller.enqueue(new Uint8Array(65_536).fill(0x20));
      },
    },
    { highWaterMark: 0 },
  );
  return { stream, pulled: () => pulled };
}

/** What СериализаторXDTO writes. */
export const XDTO = { "#type": "jv8:Structure", "#value": [{ name: { "#type": "xs:string", "#value": "guid" } }] };

export const deep = (levels: number) => "[".repeat(levels) + "]".repeat(levels);
