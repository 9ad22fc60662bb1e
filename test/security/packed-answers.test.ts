/// <reference types="bun-types" />
/** An answer that is more than it seems: what a runtime unpacks by itself is in memory before any limit of ours sees it. */
import { createServer, type Server } from "node:http";
import type { Transform } from "node:stream";
import { buffer } from "node:stream/consumers";
import { constants, createBrotliCompress, createGzip, gzipSync } from "node:zlib";
import { afterEach, describe, expect, it } from "vitest";
import { fetchOnce } from "../../src/bun-fetch.ts";
import { createCalltouchClient } from "../../src/calltouch/client.ts";

const MEBIBYTES = 600;
/** What is unpacked as it is read needs some of it, what is unpacked at once nearly all. */
const MEMORY_MAX_KIB = 200 * 1_024;
const isBun = process.versions["bun"] !== undefined;

const PACKED: [encoding: string, packer: () => Transform][] = [
  ["gzip", () => createGzip({ level: 1 })],
  ["br", () => createBrotliCompress({ params: { [constants.BROTLI_PARAM_QUALITY]: 1 } })],
];

/** Piece by piece: this process must not have held it as a whole before. */
async function pack(packer: Transform): Promise<Buffer> {
  const piece = Buffer.alloc(1_048_576, 0x20);
  const packed = buffer(packer);
  for (let n = 0; n < MEBIBYTES; n += 1) await new Promise((resolve) => packer.write(piece, resolve));
  packer.end();
  return packed;
}

describe("a packed answer", () => {
  let server: Server | undefined;
  afterEach(() => void server?.close());

  /** Answers everything with these bytes, and says what it was asked for. */
  async function serve(encoding: string, body: Buffer): Promise<{ url: string; asked: unknown[] }> {
    const asked: unknown[] = [];
    const listening = createServer((request, response) => {
      asked.push(request.headers["accept-encoding"]);
      response.on("error", () => {});
      response.writeHead(200, { "content-encoding": encoding, "content-type": "application/json" }).end(body);
    });
    server = listening;
    await new Promise<void>((resolve) => listening.listen(0, "127.0.0.1", resolve));
    const address = listening.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    return { url: `http://127.0.0.1:${port}`, asked };
  }

  const clientOf = (baseUrl: string) =>
    createCalltouchClient({ baseUrl, siteId: "1", token: "t", timeZone: "Europe/Moscow", fetch: fetchOnce });

  it.skipIf(!isBun).each(PACKED)(
    "of %s that would fill the memory is no answer, and is never unpacked as a whole",
    async (encoding, packer) => {
      const { url } = await serve(encoding, await pack(packer()));
      const before = process.resourceUsage().maxRSS;
      const replies = [await clientOf(url).list({ orderNumber: "1" }), await clientOf(url).delete(["1"])];
      expect(replies.map(({ kind }) => kind)).toEqual(["no-answer", "no-answer"]);
      expect(process.resourceUsage().maxRSS - before).toBeLessThan(MEMORY_MAX_KIB);
    },
  );

  it.skipIf(!isBun)("of gzip is read, and no other packing is asked for", async () => {
    const page = { records: [], page: 1, pageTotal: 1, pageSize: 1, recordsTotal: 0 };
    const { url, asked } = await serve("gzip", gzipSync(JSON.stringify(page)));
    expect(await (await fetchOnce(new Request(url))).json()).toEqual(page);
    expect(await (await fetchOnce(new Request(url, { method: "POST", body: "{}" }))).json()).toEqual(page);
    expect(asked).toEqual(["gzip", "gzip"]);
  });
});
