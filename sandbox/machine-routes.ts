/** The controls that every sandbox has, over HTTP, and what any control answers when it cannot do as told. */
import type { Hono } from "hono";
import * as z from "zod";
import type { MachineControl } from "./machine-control.ts";

const clockMove = z.union([z.strictObject({ now: z.number() }), z.strictObject({ advanceMs: z.number() })]);
/** Names and values are judged by the knobs themselves. */
const knobsPatch = z.record(z.string(), z.unknown());

export function addMachineRoutes<Fault extends object>(
  api: Hono,
  fault: z.ZodType<Fault>,
  control: MachineControl<object, Fault, object, Record<string, unknown>>,
): void {
  api.get("/requests", (c) => c.json(control.requests()));
  api.delete("/requests", (c) => {
    control.clearRequests();
    return c.json({ ok: true });
  });

  api.get("/knobs", (c) => c.json(control.knobs()));
  api.patch("/knobs", async (c) => c.json(control.setKnobs(knobsPatch.parse(await c.req.json()))));

  api.get("/faults", (c) => c.json(control.faults()));
  api.post("/faults", async (c) => {
    control.fault(fault.parse(await c.req.json()));
    return c.json({ ok: true }, 201);
  });
  api.delete("/faults", (c) => {
    control.clearFaults();
    return c.json({ ok: true });
  });

  api.get("/clock", (c) => c.json({ now: control.now() }));
  api.post("/clock", async (c) => {
    const move = clockMove.parse(await c.req.json());
    if ("now" in move) control.setClock(move.now);
    else control.advance(move.advanceMs);
    return c.json({ now: control.now() });
  });

  api.onError((error, c) => c.json({ error: error instanceof z.ZodError ? error.issues : error.message }, 400));
}
