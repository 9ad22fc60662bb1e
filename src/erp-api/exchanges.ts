/** All connections whose ERP has an API: one bounded run over those with something to do, and the nudge that starts one. */
import type { ApiBudget } from "./context.ts";
import type { ExchangeDependencies } from "./keep.ts";
import { runExchange } from "./run.ts";

/** Turns of one connection in one run: whoever is still due after so many waits for the next. */
const TURNS_MAX = 10;

export interface ExchangeLimits {
  wallMs: number;
  requests: number;
  isSpent?: (() => boolean) | undefined;
}

export function createExchanges(dependencies: ExchangeDependencies, limits: ExchangeLimits) {
  const { platform, database } = dependencies;
  let isNudged = false;

  /** One connection that fails does not stop the others: its lease runs out by itself. */
  async function run(): Promise<void> {
    const { isSpent } = limits;
    const budget: ApiBudget = { endsAt: platform.now() + limits.wallMs, requestsLeft: limits.requests, isSpent };
    const isOver = () => budget.requestsLeft <= 0 || platform.now() >= budget.endsAt || isSpent?.() === true;
    const turns = new Map<string, number>();
    while (!isOver()) {
      const due = await database.exchanges.due(platform.now());
      const id = due.find((each) => (turns.get(each) ?? 0) < TURNS_MAX);
      if (id === undefined) return;
      turns.set(id, (turns.get(id) ?? 0) + 1);
      try {
        if (!(await runExchange(dependencies, id, budget))) turns.set(id, TURNS_MAX);
      } catch (error) {
        turns.set(id, TURNS_MAX);
        const name = error instanceof Error ? error.name : "unknown";
        platform.log({ level: "error", event: "exchange-failed", connection: id, error: name });
      }
    }
  }

  /** Starts a run at once, and only one however often it is called before that. */
  function nudge(): void {
    if (isNudged) return;
    isNudged = true;
    const work = async () => {
      // What a webhook of the same moment brings is seen by the same run.
      await platform.sleep(0);
      isNudged = false;
      await run();
    };
    platform.background(
      work().catch((error) => {
        isNudged = false;
        const name = error instanceof Error ? error.name : "unknown";
        platform.log({ level: "error", event: "exchange-failed", error: name });
      }),
    );
  }

  return { run, nudge };
}
