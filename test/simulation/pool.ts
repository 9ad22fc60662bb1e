/** Two bridges over one database. One that has died is replaced, as a supervisor would do it. */
import type { Client } from "@libsql/client";
import type { Adapter } from "../../src/adapter.ts";
import type { LogEvent, Platform } from "../../src/platform.ts";
import { type BridgeProcess, createProcess, type Mutation } from "./process.ts";
import type { World } from "./world.ts";

const SLOW_MS_MAX = 600;

export interface PoolOptions {
  world: World;
  client: Client;
  fetch: Platform["fetch"];
  adapter: Adapter;
  /** Probability that an await takes its time. */
  slowness: number;
  /** Counted over all processes: the process that comes to this await dies there. */
  killAt?: number | undefined;
  mutation: Mutation;
  logs: LogEvent[];
}

export function createPool({ world, slowness, killAt, ...shared }: PoolOptions) {
  let failure = 0;
  let awaits = 0;
  let isMortal = false;
  let born = 0;
  const dies = () => {
    if (!isMortal) return false;
    awaits += 1;
    return awaits === killAt;
  };
  const start = (): BridgeProcess => {
    born += 1;
    return createProcess({
      ...shared,
      world,
      name: `bridge${born}`,
      databaseFailure: () => failure,
      dies,
      slowness: () => (world.chance(slowness) ? Math.ceil(world.random() * SLOW_MS_MAX) : 0),
    });
  };
  const processes = [start(), start()];

  function at(index: number): BridgeProcess {
    const running = processes[index % processes.length];
    if (running && !running.isDead()) return running;
    const fresh = start();
    processes[index % processes.length] = fresh;
    return fresh;
  }

  return {
    at,
    crash(index: number): void {
      at(index).kill();
      at(index);
    },
    /** Of a database call, before or after it was executed. */
    setFailure(probability: number): void {
      failure = probability;
    },
    /** From now on awaits are counted for `killAt`. */
    begin(): void {
      isMortal = true;
    },
    /** From now on nobody dies and the database answers. */
    calmDown(): void {
      isMortal = false;
      failure = 0;
    },
    /** Whether there were enough awaits for `killAt`. */
    died: () => killAt !== undefined && awaits >= killAt,
  };
}

/** What nobody waits for: a process answers by what it stores and sends. */
export function launch(work: Promise<unknown>): void {
  void work.catch(() => {});
}
