/** Serves the sandbox on a port of this machine, for integrators without a test account. Run with Bun. */
import { createMoyskladSandbox } from "./index.ts";

/** What is used of Bun here; the rest of the sandbox knows no runtime. */
declare const Bun: {
  argv: string[];
  serve(options: {
    hostname: string;
    port: number;
    idleTimeout: number;
    fetch(request: Request): Response | Promise<Response>;
  }): { url: URL };
};

const PORT = 8791;
const TOKEN = "sandbox-token";
const PATH = "/api/remap/1.2";

const HELP = `A stand-in for MoySklad's JSON API 1.2.

  bun sandbox/moysklad/main.ts [--port ${PORT}] [--help]

It starts with one account (token "${TOKEN}", login admin@shop, password "password"),
one organization and five order states.
Counterparties, orders, payments, faults, knobs and the clock: /__sandbox (see README.md).`;

const port = parsePort(Bun.argv.slice(2));
if (port === null) {
  console.log(HELP);
} else {
  const { app, control } = createMoyskladSandbox({ baseUrl: `http://127.0.0.1:${port}${PATH}` });
  control.addAccount({ token: TOKEN, login: "admin@shop", password: "password" });
  control.addOrganization({ name: "ООО «Ромашка»" });
  for (const name of ["Новый", "Подтвержден", "Отгружен"]) control.addState({ name, stateType: "Regular" });
  control.addState({ name: "Выполнен", stateType: "Successful" });
  control.addState({ name: "Отменен", stateType: "Unsuccessful" });
  // Longer than an injected hang: the client gives up, not the server.
  const server = Bun.serve({ hostname: "127.0.0.1", port, idleTimeout: 60, fetch: (request) => app.fetch(request) });
  console.log(`MoySklad sandbox: ${server.url.origin}${PATH}  token ${TOKEN}`);
}

/** Null when help is wanted: asked for, or the arguments make no sense. A port of 0 would leave hrefs without one. */
function parsePort(args: string[]): number | null {
  if (args.length === 0) return PORT;
  const [name, value] = args;
  const wanted = Number(value);
  const isPort = name === "--port" && args.length === 2 && Number.isInteger(wanted) && wanted > 0 && wanted <= 65_535;
  return isPort ? wanted : null;
}
