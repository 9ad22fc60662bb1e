/** Serves the sandbox on a port of this machine, for integrators without a test account. Run with Bun. */
import { readPort, serve } from "../serve.ts";
import { createMoyskladSandbox } from "./index.ts";

const PORT = 8791;
const TOKEN = "sandbox-token";
const PATH = "/api/remap/1.2";

const HELP = `A stand-in for MoySklad's JSON API 1.2.

  bun sandbox/moysklad/main.ts [--port ${PORT}] [--help]

It starts with one account (token "${TOKEN}", login admin@shop, password "password"),
one organization and five order states.
Counterparties, orders, payments, faults, knobs and the clock: /__sandbox (see README.md).`;

// A port of 0 would leave hrefs without one.
const port = readPort({ usual: PORT, min: 1, help: HELP });
const { app, control } = createMoyskladSandbox({ baseUrl: `http://127.0.0.1:${port}${PATH}` });
control.addAccount({ token: TOKEN, login: "admin@shop", password: "password" });
control.addOrganization({ name: "ООО «Ромашка»" });
for (const name of ["Новый", "Подтвержден", "Отгружен"]) control.addState({ name, stateType: "Regular" });
control.addState({ name: "Выполнен", stateType: "Successful" });
control.addState({ name: "Отменен", stateType: "Unsuccessful" });
const { origin } = serve(port, app.fetch);
console.log(`MoySklad sandbox: ${origin}${PATH}  token ${TOKEN}`);
