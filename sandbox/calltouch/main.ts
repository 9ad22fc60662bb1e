/** Serves the sandbox on a port of this machine, for integrators without a test account. Run with Bun. */
import { createCalltouchSandbox } from "./index.ts";

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

const PORT = 8790;
const SITE_ID = "12345";
const TOKEN = "sandbox-token";

const HELP = `A stand-in for Calltouch's API of deals and leads.

  bun sandbox/calltouch/main.ts [--port ${PORT}] [--help]

It starts with the site ${SITE_ID} and the token "${TOKEN}".
Leads, deals, webhooks, faults, knobs and the clock: /__sandbox (see README.md).`;

const port = parsePort(Bun.argv.slice(2));
if (port === null) {
  console.log(HELP);
} else {
  const sandbox = createCalltouchSandbox();
  sandbox.control.addSite({ siteId: SITE_ID, token: TOKEN });
  // Longer than an injected hang: the client gives up, not the server.
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port,
    idleTimeout: 60,
    fetch: (request) => sandbox.app.fetch(request),
  });
  console.log(`Calltouch sandbox: ${server.url}  site ${SITE_ID}, token ${TOKEN}`);
}

/** Null when help is wanted: asked for, or the arguments make no sense. */
function parsePort(args: string[]): number | null {
  if (args.length === 0) return PORT;
  const [name, value] = args;
  const wanted = Number(value);
  const isPort = name === "--port" && args.length === 2 && Number.isInteger(wanted) && wanted >= 0 && wanted <= 65_535;
  return isPort ? wanted : null;
}
