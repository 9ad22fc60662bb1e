/** What the merchant has set up for orders: fields, states, organizations. Read into the memory, for it seldom changes. */
import * as z from "zod";
import type { MoyskladClient } from "./client.ts";
import type { Memory } from "./memory.ts";
import { findField, isFitting, ORDER_FIELDS } from "./order-fields.ts";
import type { MoyskladSettings } from "./settings.ts";

export const FIELDS_PATH = "/entity/customerorder/metadata/attributes";
export const STATES_PATH = "/entity/customerorder/metadata/states";
const READ_AGAIN_MS = 24 * 60 * 60 * 1_000;

const field = z.object({
  id: z.guid(),
  name: z.string(),
  type: z.string(),
  required: z.boolean().nullish(),
  description: z.string().nullish(),
});
export type Field = z.infer<typeof field>;
const state = z.object({ id: z.guid(), name: z.string(), stateType: z.string() });
export type State = z.infer<typeof state>;
const organization = z.object({ id: z.guid(), name: z.string() });
export type Organization = z.infer<typeof organization>;

export interface Metadata {
  fields: Field[];
  states: State[];
  organizations: Organization[];
}

/** Three requests. @throws ZodError when an answer is none of MoySklad's. */
export async function readMetadata(client: MoyskladClient): Promise<Metadata> {
  const fields = await readFields(client);
  const { states } = z
    .object({ states: z.array(state).nullish() })
    .parse(await client.get("/entity/customerorder/metadata"));
  const organizations = z
    .object({ rows: z.array(organization) })
    .parse(await client.get("/entity/organization", { filter: "archived=false", limit: "100" })).rows;
  return { fields, states: states ?? [], organizations };
}

/** Also of what was just made: MoySklad answers that with a list without `rows`. */
export async function readFields(client: MoyskladClient): Promise<Field[]> {
  return z.object({ rows: z.array(field) }).parse(await client.get(FIELDS_PATH)).rows;
}

/** Read long ago, or for other settings than these. */
export function isOutdated({ readAt, readFor }: Memory, settings: MoyskladSettings, now: number): boolean {
  return readAt === null || now - readAt > READ_AGAIN_MS || readFor !== toPurpose(settings);
}

/** The settings whose words are looked up in what the merchant has set up. */
function toPurpose({ initialState, defaults = {} }: MoyskladSettings): string {
  return JSON.stringify([initialState ?? null, Object.keys(defaults).sort()]);
}

/** The memory as the metadata has it. Pure. */
export function remember(memory: Memory, metadata: Metadata, settings: MoyskladSettings, now: number): Memory {
  const { fields, states, organizations } = metadata;
  const attributes: Record<string, string> = {};
  for (const each of ORDER_FIELDS) {
    const found = findField(each, fields, memory.attributes[each.code]);
    if (found && isFitting(each, found)) attributes[each.code] = found.id;
  }
  const defaults: Record<string, string> = {};
  for (const name of Object.keys(settings.defaults ?? {})) {
    const found = fields.find((each) => each.name === name);
    if (found) defaults[name] = found.id;
  }
  const [only] = organizations;
  const chosen = states.find(({ id }) => id === settings.initialState);
  return {
    ...memory,
    attributes,
    defaults,
    organizationId: organizations.length === 1 && only ? only.id : null,
    initialStateId: (chosen ?? states[0])?.id ?? null,
    readAt: now,
    readFor: toPurpose(settings),
  };
}
