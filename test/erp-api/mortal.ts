/** A bridge that can be made to die at any of its requests and database calls: it never comes back from that await. */
import type { Client } from "@libsql/client";
import type { Bridge } from "../../src/bridge.ts";
import { startBridge } from "../scene.ts";
import type { MoyskladScene } from "./stage.ts";

export interface Mortal {
  bridge: Bridge;
  /** Resolves to true when it has died, to false when the work has ended before. */
  live(work: (bridge: Bridge) => Promise<void>): Promise<boolean>;
}

/** `killAt` counts awaits from 1: before a request or a database call, and after it. */
export async function createMortal({ platform, client }: MoyskladScene, killAt: number): Promise<Mortal> {
  let awaits = 0;
  let isBorn = false;
  const { promise: death, resolve: die } = Promise.withResolvers<boolean>();
  const gate = async () => {
    if (!isBorn) return;
    awaits += 1;
    if (awaits === killAt) die(true);
    if (awaits >= killAt) await new Promise<never>(() => {});
  };
  const gated = async <T>(work: () => Promise<T>): Promise<T> => {
    await gate();
    const result = await work();
    await gate();
    return result;
  };
  const background = new Set<Promise<unknown>>();
  const mortal = {
    ...platform,
    fetch: (request: Request) => gated(() => platform.fetch(request)),
    background(work: Promise<unknown>) {
      background.add(work);
      void work.finally(() => background.delete(work));
    },
  };
  const bridge = await startBridge(mortal, gateClient(client, gated));
  isBorn = true;

  return {
    bridge,
    live(work) {
      const life = async () => {
        await work(bridge);
        while (background.size > 0) await Promise.all(background);
        return false;
      };
      return Promise.race([life(), death]);
    },
  };
}

function gateClient(client: Client, gated: <T>(work: () => Promise<T>) => Promise<T>): Client {
  const execute: Client["execute"] = (...statement: Parameters<Client["execute"]>) =>
    gated(() => client.execute(...statement));
  const batch: Client["batch"] = (statements, mode) => gated(() => client.batch(statements, mode));
  return new Proxy(client, {
    get(target, name) {
      if (name === "execute") return execute;
      if (name === "batch") return batch;
      const value: unknown = Reflect.get(target, name);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}
