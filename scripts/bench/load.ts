/**
 * Posts over connections that stay open, each with its next request as soon as it has an answer. Sockets and not `fetch`,
 * so that the client takes little of the processor that the server under measurement needs.
 */
import { createConnection, type Socket } from "node:net";
import { percentile, round } from "./goal.ts";

const WARM_UP_MS = 1_000;
const ANSWER_MS_MAX = 30_000;
const HEAD_END = "\r\n\r\n";
const ACCEPTED = /"result":"accepted"/g;

export interface Target {
  url: string;
  key: string;
}

export interface Loaded {
  perSecond: number;
  p50Ms: number;
  p99Ms: number;
}

export interface LoadOptions {
  connections: number;
  seconds: number;
  documents: number;
  nextBody: () => string;
}

/** Counts what is answered after a warm-up. @throws when an answer is not that every document was accepted. */
export async function load(
  target: Target,
  { connections, seconds, documents, nextBody }: LoadOptions,
): Promise<Loaded> {
  const from = performance.now() + WARM_UP_MS;
  const until = from + seconds * 1_000;
  const latenciesMs: number[] = [];
  const work = async () => {
    const line = await openLine(target);
    try {
      while (performance.now() < until) {
        const body = nextBody();
        const sentAt = performance.now();
        requireAccepted(await line.post(body), documents);
        const now = performance.now();
        if (now >= from && now < until) latenciesMs.push(now - sentAt);
      }
    } finally {
      line.close();
    }
  };
  await Promise.all(Array.from({ length: connections }, work));
  return {
    perSecond: round(latenciesMs.length / seconds, 1),
    p50Ms: round(percentile(latenciesMs, 50), 2),
    p99Ms: round(percentile(latenciesMs, 99), 2),
  };
}

/** @throws when an answer is not 200, or not every document in it was accepted. */
export function requireAccepted(answer: string, documents: number): void {
  const accepted = answer.match(ACCEPTED)?.length ?? 0;
  if (!answer.startsWith("HTTP/1.1 200 ") || accepted !== documents) {
    throw new Error(`${accepted} of ${documents} documents were accepted: ${answer.slice(0, 1_000)}`);
  }
}

export interface Line {
  /** The whole answer, head and body, each byte a character. */
  post(body: string): Promise<string>;
  close(): void;
}

export async function openLine({ url, key }: Target): Promise<Line> {
  const { hostname, port, host } = new URL(url);
  const socket = await connect(hostname, Number(port));
  const head = `POST /v1/alfa-auto/documents HTTP/1.1\r\nhost: ${host}\r\nauthorization: Bearer ${key}\r\ncontent-type: application/json\r\n`;
  let answer = "";
  let waiting: { resolve: (answer: string) => void; reject: (error: Error) => void } | undefined;
  const fail = (error: Error) => waiting?.reject(error);
  socket.setEncoding("latin1");
  socket.setTimeout(ANSWER_MS_MAX, () => socket.destroy(new Error(`no answer within ${ANSWER_MS_MAX} ms`)));
  socket.on("error", fail).on("close", () => fail(new Error("the connection was closed before the answer")));
  socket.on("data", (text: string) => {
    answer += text;
    if (!isWhole(answer)) return;
    const whole = answer;
    answer = "";
    waiting?.resolve(whole);
  });
  return {
    post: (body) =>
      new Promise((resolve, reject) => {
        waiting = { resolve, reject };
        socket.write(`${head}content-length: ${Buffer.byteLength(body)}${HEAD_END}${body}`);
      }),
    close() {
      waiting = undefined;
      socket.destroy();
    },
  };
}

function connect(hostname: string, port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ host: hostname, port, noDelay: true }, () => resolve(socket));
    socket.once("error", reject);
  });
}

/** Only answers that state their length; both servers do. */
function isWhole(answer: string): boolean {
  const headEnd = answer.indexOf(HEAD_END);
  if (headEnd === -1) return false;
  const length = /\r\ncontent-length: (\d+)/i.exec(answer.slice(0, headEnd))?.[1];
  if (length === undefined) throw new Error(`An answer without its length: ${answer.slice(0, headEnd)}`);
  return answer.length >= headEnd + HEAD_END.length + Number(length);
}
