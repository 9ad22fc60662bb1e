/** Serves the sandbox on a port of this machine, for integrators without a test account. Run with Bun. */
import { readPort, serve } from "../serve.ts";
import { createCalltouchSandbox } from "./index.ts";

const PORT = 8790;
const SITE_ID = "12345";
const TOKEN = "sandbox-token";

const HELP = `A stand-in for Calltouch's API of deals and leads.

  bun sandbox/calltouch/main.ts [--port ${PORT}] [--help]

It starts with the site ${SITE_ID} and the token "${TOKEN}".
Leads, deals, webhooks, faults, knobs and the clock: /__sandbox (see README.md).`;

const port = readPort({ usual: PORT, min: 0, help: HELP });
const sandbox = createCalltouchSandbox();
sandbox.control.addSite({ siteId: SITE_ID, token: TOKEN });
const url = serve(port, sandbox.app.fetch);
console.log(`Calltouch sandbox: ${url}  site ${SITE_ID}, token ${TOKEN}`);
