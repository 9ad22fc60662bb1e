/** What the runtime's own fetch does behind our back: a request takes one slot, so it may reach Calltouch once. */
import { createServer, type Server } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { fetchOnce } from "../../src/bun-fetch.ts";

const ANSWER = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: keep-alive\r\n\r\nok";

describe("a connection that was used before and breaks off", () => {
  let server: Server | undefined;
  afterEach(() => void server?.close());

  it.each([["GET"], ["POST"]])("carries a %s to Calltouch once", async (method) => {
    let requests = 0;
    server = createServer((socket) => {
      socket.on("error", () => {});
      socket.on("data", () => {
        requests += 1;
        if (requests === 1) socket.write(ANSWER);
        else socket.destroy();
      });
    });
    const port = await listen(server);
    const send = () => fetchOnce(new Request(`http://127.0.0.1:${port}/`, toInit(method)));
    expect(await (await send()).text()).toBe("ok");
    await expect(send()).rejects.toThrow();
    expect(requests).toBe(2);
  });
});

function toInit(method: string): RequestInit {
  return method === "GET" ? { method } : { method, body: "{}" };
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : 0);
    });
  });
}
