/** Work that goes by what the merchant has set up: read once a day, and at once for new settings or after a refusal that may come of its age. */
import type { ApiContext, Notice } from "../../src/adapter.ts";
import { type MoyskladClient, RefusedError } from "./client.ts";
import { type Memory, parseMemory } from "./memory.ts";
import { isOutdated, readMetadata, remember } from "./metadata.ts";
import { canBeStale, toReason } from "./refusal.ts";
import type { MoyskladSettings } from "./settings.ts";

/** A refusal of MoySklad's that the work does not judge itself becomes a reason for a person; one of rights is thrown. */
export async function withMetadata<T>(
  client: MoyskladClient,
  context: ApiContext<MoyskladSettings>,
  work: (memory: Memory) => Promise<T>,
): Promise<T | { kind: "refused"; reason: Notice; memory: Memory }> {
  const { settings } = context;
  const readAgain = async (known: Memory) => remember(known, await readMetadata(client), settings, context.now());
  const kept = parseMemory(context.memory);
  let memory = isOutdated(kept, settings, context.now()) ? await readAgain(kept) : kept;
  for (let isLast = false; ; isLast = true) {
    try {
      return await work(memory);
    } catch (error) {
      if (!(error instanceof RefusedError) || error.status === 403) throw error;
      if (isLast || !canBeStale(error, settings)) return { kind: "refused", reason: toReason(error), memory };
      memory = await readAgain(memory);
    }
  }
}
