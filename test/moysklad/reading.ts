/** Runs the reading side of the adapter against the sandbox and keeps its documents as the core does. */
import { document, type MoyskladDocument } from "../../adapters/moysklad/document.ts";
import { moysklad } from "../../adapters/moysklad/index.ts";
import { poll } from "../../adapters/moysklad/poll.ts";
import { pull } from "../../adapters/moysklad/pull.ts";
import type { MoyskladSettings } from "../../adapters/moysklad/settings.ts";
import type { ApiContext, ApiResult, Pulled } from "../../src/adapter.ts";
import { createStage, type StageOptions } from "./stage.ts";

export type Reading = ReturnType<typeof createReading>;

export const SECOND_MS = 1_000;
/** Far more portions than any test needs: one that never ends fails instead of hanging. */
const PORTIONS_MAX = 2_000;

export function createReading(options: StageOptions = {}) {
  const stage = createStage(options);
  const { control, documents } = stage;
  const agentId = control.addCounterparty({ name: "Ким Светлана", phone: "8 (900) 222-33-44" });
  let leads = 0;

  function keep(raws: readonly unknown[]): string[] {
    return raws.map((raw) => {
      const parsed: MoyskladDocument = document.parse(raw);
      documents.set(parsed.id, JSON.parse(JSON.stringify(parsed)));
      return parsed.id;
    });
  }

  async function readWhole(read: () => Promise<ApiResult<Pulled>>): Promise<string[]> {
    const guids: string[] = [];
    for (let portion = 0; portion < PORTIONS_MAX; portion += 1) {
      const { documents: raws, isDone } = stage.done(await read());
      guids.push(...keep(raws));
      if (isDone) return guids;
    }
    throw new Error("the reading has no end");
  }

  return {
    ...stage,
    agentId,
    keep,
    /** Polls until there is nothing more; the guids of what was read, in order. */
    async poll(patch: Partial<ApiContext<MoyskladSettings>> = {}): Promise<string[]> {
      return readWhole(() => poll(stage.context(patch)));
    },
    /** Pulls these keys until there is nothing more; the guids of what was read, in order. */
    async pull(...keys: string[]): Promise<string[]> {
      return readWhole(() => pull(keys, stage.context()));
    },
    /** An order made for a call, as a person sees it. */
    addLeadOrder(input: { sum?: number; stateId?: string } = {}): string {
      leads += 1;
      return control.addOrder({ agentId, externalCode: `ct:call:${leads}`, ...input });
    },
    read(guid: string): MoyskladDocument {
      return document.parse(documents.get(guid));
    },
    dealOf(guid: string) {
      const fold = moysklad.toDeal([document.parse(documents.get(guid))], {
        settings: stage.context().settings,
        toInstant: () => 0,
        itemKindTags: false,
      });
      if (fold.kind !== "deal") throw new Error(`no deal: ${JSON.stringify(fold)}`);
      return fold.deal;
    },
    /** How many requests the work took. */
    async requestsOf(work: () => Promise<unknown>): Promise<number> {
      const before = control.requests().length;
      await work();
      return control.requests().length - before;
    },
  };
}
