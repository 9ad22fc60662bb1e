/// <reference types="bun-types" />
/** The far sides of the demo, each in this process and on a port of its own: Calltouch and MoySklad. */
import { type CalltouchSandbox, createCalltouchSandbox } from "../../sandbox/calltouch/index.ts";
import { createMoyskladSandbox, type MoyskladSandbox } from "../../sandbox/moysklad/index.ts";
import { freePort } from "../torture/processes.ts";

const MOYSKLAD_PATH = "/api/remap/1.2";

export interface RunningSandbox<Control> {
  /** Where its API begins. */
  url: string;
  /** Where its controls are reached by hand. */
  controlUrl: string;
  control: Control;
  stop(): Promise<void>;
}
export type RunningCalltouch = RunningSandbox<CalltouchSandbox["control"]>;
export type RunningMoysklad = RunningSandbox<MoyskladSandbox["control"]>;

export function startCalltouch(): RunningCalltouch {
  const { app, control } = createCalltouchSandbox();
  return { ...serve(0, app), control };
}

/** Its answers name its own address, so the port has to be known before it is made. */
export async function startMoysklad(): Promise<RunningMoysklad> {
  const port = await freePort();
  const { app, control } = createMoyskladSandbox({ baseUrl: `http://127.0.0.1:${port}${MOYSKLAD_PATH}` });
  const served = serve(port, app);
  return { ...served, url: `${served.url}${MOYSKLAD_PATH}`, control };
}

interface Served {
  fetch(request: Request): Response | Promise<Response>;
}

function serve(port: number, app: Served): Omit<RunningSandbox<unknown>, "control"> {
  const server = Bun.serve({ hostname: "127.0.0.1", port, fetch: (request) => app.fetch(request) });
  const { origin } = server.url;
  return { url: origin, controlUrl: `${origin}/__sandbox`, stop: () => server.stop(true) };
}
