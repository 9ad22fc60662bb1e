/** How fast documents are taken, beside a handler that does nothing but store as many bytes: by turns, never together. */
import { fileURLToPath } from "node:url";
import { createFolder, createPart, discardFolder, freePort } from "../torture/processes.ts";
import { createPostings } from "./documents.ts";
import { judge, round } from "./goal.ts";
import { type Loaded, type LoadOptions, load, type Target } from "./load.ts";
import { startStage } from "./stage.ts";
import { measureStoredBytes, type StoredBytes } from "./stored-bytes.ts";

const ROUNDS = 3;
const BARE = fileURLToPath(new URL("bare.ts", import.meta.url));

export interface IngestOptions {
  seconds: number;
  /** In each request. */
  documents: number;
  connections: number;
  note: (text: string) => void;
}

export async function measureIngest({ seconds, documents, connections, note }: IngestOptions): Promise<object> {
  const next = createPostings();
  const options = { seconds, documents, connections, nextBody: () => next(documents).body };
  const rounds: { bridge: Loaded; bare: Loaded }[] = [];
  let stored: StoredBytes | undefined;
  for (let count = 0; count < ROUNDS; count += 1) {
    const bridge = await loadBridge(options);
    stored = bridge.stored;
    const bare = await loadBare(options, stored);
    note(`bridge ${bridge.loaded.perSecond} requests/s, bare handler ${bare.perSecond}`);
    rounds.push({ bridge: bridge.loaded, bare });
  }
  const sumOf = (pick: (each: (typeof rounds)[number]) => Loaded) =>
    rounds.reduce((sum, each) => sum + pick(each).perSecond, 0);
  const perSecond = { bridge: sumOf(({ bridge }) => bridge) / ROUNDS, bare: sumOf(({ bare }) => bare) / ROUNDS };
  return {
    documentsPerRequest: documents,
    connections,
    requestsPerSecond: { bridge: round(perSecond.bridge, 1), bare: round(perSecond.bare, 1) },
    documentsPerSecond: { bridge: round(perSecond.bridge * documents), bare: round(perSecond.bare * documents) },
    ratio: judge(perSecond.bridge / perSecond.bare, ">=", 0.6, 3),
    storedBytes: stored,
    rounds,
    note: "the bridge delivers to the sandbox all the while; the bare handler has the machine to itself",
  };
}

async function loadBridge(options: LoadOptions): Promise<{ loaded: Loaded; stored: StoredBytes }> {
  const stage = await startStage();
  try {
    const loaded = await load(stage, options);
    return { loaded, stored: await measureStoredBytes(stage.databaseUrl) };
  } finally {
    await stage.stop();
  }
}

async function loadBare(options: LoadOptions, { documentRow, dealRow }: StoredBytes): Promise<Loaded> {
  const folder = createFolder();
  const port = String(await freePort());
  const target: Target = { url: `http://127.0.0.1:${port}`, key: "none" };
  const bare = createPart({
    name: "bare",
    url: target.url,
    healthPath: "/",
    command: process.execPath,
    args: [BARE, `file:${folder}/bare.db`, port, String(documentRow + dealRow)],
    folder,
  });
  try {
    await bare.start();
    return await load(target, options);
  } finally {
    await bare.kill();
    discardFolder(folder);
  }
}
