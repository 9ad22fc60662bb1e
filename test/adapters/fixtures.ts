/** Recorded documents and the deals they must become: test/fixtures/<adapter>/<case>/. */
import type { Adapter, Fold, FoldContext } from "../../src/adapter.ts";
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
  /** What the documents fold into: deal.json with its warnings.json and hold.json, or skipped.json with the reason. */
  fold: unknown;
  /** Absent files are defaults: no settings, no flags of the account. */
  settings: unknown;
  itemKindTags: boolean;
}

export function readFixtures(adapter: Adapter): Fixture[] {
  const names = files.readdirSync(root + adapter.id).sort();
  return names.map((name) => {
    const path = (file: string) => `${root}${adapter.id}/${name}/${file}.json`;
    const has = (file: string) => files.existsSync(path(file));
    const read = (file: string): unknown => JSON.parse(files.readFileSync(path(file), "utf8"));
    const documents = read("documents");
    if (!Array.isArray(documents)) throw new Error(`${adapter.id}/${name}: documents.json is a list`);
    const deal = () => ({
      kind: "deal",
      deal: read("deal"),
      ...(has("hold") ? { hold: read("hold") } : {}),
      warnings: has("warnings") ? read("warnings") : [],
    });
    return {
      adapter,
      name,
      documents,
      fold: has("skipped") ? { kind: "skipped", reason: read("skipped") } : deal(),
      settings: has("settings") ? read("settings") : {},
      itemKindTags: has("account") && Reflect.get(Object(read("account")), "itemKindTags") === true,
    };
  });
}

export const toInstant = (local: string): number => localToInstant(local, "Europe/Moscow");

export function contextOf<Settings>(
  adapter: Pick<Adapter<never, Settings>, "settings">,
  { settings = {}, itemKindTags = false }: { settings?: unknown; itemKindTags?: boolean },
): FoldContext<Settings> {
  return { settings: adapter.settings.parse(settings), toInstant, itemKindTags };
}

/** Parses and folds as the core does. */
export function fold<Document, Settings>(
  adapter: Adapter<Document, Settings>,
  documents: readonly unknown[],
  settings: unknown = {},
  itemKindTags = false,
): Fold {
  const parsed = documents.map((raw) => adapter.document.parse(raw));
  return adapter.toDeal(parsed, contextOf(adapter, { settings, itemKindTags }));
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
