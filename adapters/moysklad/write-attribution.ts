/** Writes the advertising source of a deal into its order, where the order says nothing yet. */
import * as z from "zod";
import type { ApiContext, ApiResult, Attribution, Lead, Written } from "../../src/adapter.ts";
import { type MoyskladClient, RefusedError, withClient } from "./client.ts";
import { toProblems } from "./errors.ts";
import { type Memory, parseMemory } from "./memory.ts";
import { toFieldValues } from "./order.ts";
import { type FieldValues, ORDER_FIELDS, valuesOfLead, withoutEmpty } from "./order-fields.ts";
import { toReference } from "./reference.ts";
import type { MoyskladSettings } from "./settings.ts";
import { withMetadata } from "./with-metadata.ts";

const PATH = "/entity/customerorder";

const order = z.object({
  deleted: z.string().nullish(),
  attributes: z.array(z.object({ id: z.guid(), value: z.unknown() })).nullish(),
});
type Order = z.infer<typeof order>;

export function writeAttribution(
  guid: string,
  attribution: Attribution,
  context: ApiContext<MoyskladSettings>,
  lead?: Lead,
): Promise<ApiResult<Written>> {
  // The lead tells more: its tags and the client's id, which the deals of Calltouch do not show.
  const values = { ...valuesOf(attribution), ...(attribution.matched && lead ? valuesOfLead(lead) : {}) };
  return withClient<Written>(context, async (client) => {
    if (Object.keys(values).length === 0) return { kind: "nothing", memory: parseMemory(context.memory) };
    return withMetadata(client, context, (memory) => fill(guid, values, memory, client, context.baseUrl));
  });
}

/** What Calltouch shows while no lead was found is our own fallback source. */
function valuesOf({ matched, source, medium, campaign, content, term }: Attribution): FieldValues {
  if (!matched) return {};
  return withoutEmpty({ source, medium, utm_campaign: campaign, utm_content: content, utm_term: term });
}

async function fill(
  guid: string,
  values: FieldValues,
  memory: Memory,
  client: MoyskladClient,
  baseUrl: string,
): Promise<Written> {
  const path = `${PATH}/${guid}`;
  const found = await readOrder(path, client);
  if (!found || found.deleted) return { kind: "nothing", memory };
  const filled = new Set(found.attributes?.filter(({ value }) => !isEmpty(value)).map(({ id }) => id));
  const missing: FieldValues = {};
  for (const { code } of ORDER_FIELDS) {
    const [id, value] = [memory.attributes[code], values[code]];
    if (id !== undefined && value !== undefined && !filled.has(id)) missing[code] = value;
  }
  const attributes = toFieldValues(missing, memory, baseUrl);
  if (attributes.length === 0) return { kind: "nothing", memory };
  // As a list of one: after a hundred changes by PUT within a minute MoySklad takes the user's access away.
  const { meta } = toReference(baseUrl, path, "customerorder");
  const problems = toProblems(await client.post(PATH, [{ meta, attributes }]));
  // Single items may be refused in an answer that says all is well.
  if (problems) throw new RefusedError(path, 200, problems);
  return { kind: "written", memory };
}

async function readOrder(path: string, client: MoyskladClient): Promise<Order | undefined> {
  try {
    return order.parse(await client.get(path));
  } catch (error) {
    if (error instanceof RefusedError && error.status === 404) return undefined;
    throw error;
  }
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || (typeof value === "string" && value.trim() === "");
}
