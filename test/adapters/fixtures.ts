/** Recorded documents and the deals they must become: test/fixtures/<adapter>/<case>/. */
import type { Adapter, Fold } from "../../src/adapter.ts";
import { localToInstant } from "../../src/zone.ts";

interface Files {
  readdirSync(path: string): string[];
  existsSync(path: string): boolean;
  readFileSync(path: string, encoding: "utf8"): string;
}

// By a name the compiler does not follow: the project keeps Node's global types out of every file.
const filesModule: string = "node:fs";
const files: Files = await import(/* @vite-ignore */ filesModule);
const root = decodeURIComponent(new URL("../fixtures/", import.meta.url).pathname);

export interface Fixture {
  adapter: Adapter;
  name: string;
  documents: readonly unknown[];
  deal: unknown;
  /** Absent files are defaults: no settings, no warnings. */
  settings: unknown;
  warnings: unknown;
}

export function readFixtures(adapter: Adapter): Fixture[] {
  const names = files.readdirSync(root + adapter.id).sort();
  return names.map((name) => {
    const read = (file: string, otherwise?: unknown): unknown => {
      const path = `${root}${adapter.id}/${name}/${file}.json`;
      if (otherwise !== undefined && !files.existsSync(path)) return otherwise;
      return JSON.parse(files.readFileSync(path, "utf8"));
    };
    const documents = read("documents");
    if (!Array.isArray(documents)) throw new Error(`${adapter.id}/${name}: documents.json is a list`);
    return {
      adapter,
      name,
      documents,
      deal: read("deal"),
      settings: read("settings", {}),
      warnings: read("warnings", []),
    };
  });
}

export const toInstant = (local: string): number => localToInstant(local, "Europe/Moscow");

/** Parses and folds as the core does. */
export function fold<Document, Settings>(
  adapter: Adapter<Document, Settings>,
  documents: readonly unknown[],
  settings: unknown = {},
): Fold {
  const parsed = documents.map((raw) => adapter.document.parse(raw));
  return adapter.toDeal(parsed, { settings: adapter.settings.parse(settings), toInstant });
}

/** Every order of up to four items; of more, twenty-four shuffles that are the same in every run. */
export function reorder<Item>(items: readonly Item[]): Item[][] {
  if (items.length <= 4) return permutations(items);
  let seed = 42;
  const random = (): number => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return seed;
  };
  return Array.from({ length: 24 }, () => {
    const keyed = items.map((item) => ({ item, key: random() }));
    return keyed.sort((left, right) => left.key - right.key).map(({ item }) => item);
  });
}

function permutations<Item>(items: readonly Item[]): Item[][] {
  if (items.length <= 1) return [[...items]];
  return items.flatMap((item, index) => permutations(items.toSpliced(index, 1)).map((rest) => [item, ...rest]));
}

export function freeze<Value>(value: Value): Value {
  if (typeof value === "object" && value !== null) for (const each of Object.values(value)) freeze(each);
  return Object.freeze(value);
}
