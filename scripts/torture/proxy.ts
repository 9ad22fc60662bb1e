/** A bad line between the bridge and Calltouch: it refuses, goes silent, breaks off or is slow, connection by connection. */
import { connect, createServer, type Server, type Socket } from "node:net";
import { freePort, sleep } from "./processes.ts";
import type { Random } from "./random.ts";

export type Line =
  | { kind: "pass" }
  /** Accepts, and from then on nothing passes either way: the connection never recovers, and is never closed by us. */
  | { kind: "hang" }
  /** Breaks off before the request reaches Calltouch. */
  | { kind: "cut-before" }
  /** Breaks off when the answer comes: Calltouch has executed the request. */
  | { kind: "cut-after" }
  /** Answers come this much later. */
  | { kind: "slow"; leastMs: number; mostMs: number };

export interface LineProxy {
  url: string;
  setLine(line: Line): void;
  /** Connections are broken and no new ones accepted, until `accept`. */
  refuse(): Promise<void>;
  accept(): Promise<void>;
  /** When the last request passed to Calltouch, epoch milliseconds; 0 before the first. */
  lastRequestAt(): number;
  /** Resolves when the next request passes, or after `msMax`. */
  nextRequest(msMax: number): Promise<void>;
}

export async function startProxy(targetUrl: string, random: Random): Promise<LineProxy> {
  const port = await freePort();
  const target = new URL(targetUrl);
  const connections = new Set<Socket>();
  const waiting = new Set<() => void>();
  let line: Line = { kind: "pass" };
  let server: Server | null = null;
  let lastRequestAt = 0;

  function join(client: Socket): void {
    const upstream = connect({ host: target.hostname, port: Number(target.port) });
    let isSilent = false;
    let delayed = 0;
    let answered = Promise.resolve();
    const breakOff = () => {
      connections.delete(client);
      client.destroy();
      upstream.destroy();
    };
    connections.add(client);
    client.on("error", breakOff).on("close", breakOff);
    upstream.on("error", () => isSilent || breakOff()).on("close", () => isSilent || breakOff());
    client.on("data", (bytes: Uint8Array) => {
      isSilent ||= line.kind === "hang";
      if (isSilent) return;
      if (line.kind === "cut-before") return breakOff();
      lastRequestAt = Date.now();
      upstream.write(bytes);
      for (const wake of waiting) wake();
    });
    upstream.on("data", (bytes: Uint8Array) => {
      isSilent ||= line.kind === "hang";
      if (isSilent) return;
      if (line.kind === "cut-after") return breakOff();
      const delayMs = line.kind === "slow" ? random.between(line.leastMs, line.mostMs) : 0;
      if (delayMs === 0 && delayed === 0) return void client.write(bytes);
      delayed += 1;
      // What came first is passed on first, however long each piece takes.
      answered = Promise.all([answered, sleep(delayMs)]).then(() => {
        delayed -= 1;
        if (!client.destroyed) client.write(bytes);
      });
    });
  }

  const accept = () =>
    new Promise<void>((resolve, reject) => {
      server = createServer(join).once("error", reject);
      server.listen(port, "127.0.0.1", () => resolve());
    });

  await accept();
  return {
    url: `http://127.0.0.1:${port}`,
    setLine(next) {
      line = next;
    },
    async refuse() {
      const closed = new Promise<void>((resolve) => (server ? server.close(() => resolve()) : resolve()));
      for (const client of connections) client.destroy();
      await closed;
      server = null;
    },
    accept,
    lastRequestAt: () => lastRequestAt,
    nextRequest: (msMax) =>
      new Promise((resolve) => {
        const wake = () => {
          clearTimeout(timer);
          waiting.delete(wake);
          resolve();
        };
        const timer = setTimeout(wake, msMax);
        waiting.add(wake);
      }),
  };
}
