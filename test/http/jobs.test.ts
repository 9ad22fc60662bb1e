import { describe, expect, it } from "vitest";
import * as z from "zod";
import { visits } from "../dispatcher/stage.ts";
import { createHeldScene, finish, JOBS, SEPTEMBER, start } from "../jobs/stage.ts";
import { call, createScene } from "../scene.ts";
import { connect } from "../security/firms.ts";
import { expectError, expectReadable } from "./contract.ts";

const BODY = { ...SEPTEMBER, actions: ["create"] };

describe("starting a job", () => {
  it.each([
    [{ ...BODY, from: undefined }, 400, "FORMAT"],
    [{ ...BODY, from: 20260901 }, 400, "FORMAT"],
    [{ ...BODY, actions: [] }, 400, "FORMAT"],
    [{ ...BODY, actions: ["delete"] }, 400, "FORMAT"],
    [{ ...BODY, dryRun: "да" }, 400, "FORMAT"],
    [{ ...BODY, from: "01.09.2026" }, 422, "PERIOD"],
    [{ ...BODY, to: "2026-02-30" }, 422, "PERIOD"],
    [{ ...BODY, to: "2026-08-31" }, 422, "PERIOD"],
    [{ ...BODY, to: "2027-09-30" }, 422, "PERIOD"],
    [[], 400, "FORMAT"],
  ])("with %j is refused in words that say what to write", async (body, status, code) => {
    const scene = await createScene();
    expectError(await scene.call("POST", JOBS, body), status, code);
  });

  it("shows the period as the connection's wall clock has it, both ends included", async () => {
    const scene = await createScene();
    const id = await start(scene, { from: "2026-11-01T00:00:00", to: "2026-11-05T23:59:59" });
    const { body } = await scene.call("GET", `${JOBS}/${id}`);
    expect(body["job"]).toMatchObject({ from: "2026-11-01T00:00:00", to: "2026-11-05T23:59:59" });
    const { rows } = await scene.client.execute("SELECT from_at, to_at FROM jobs");
    expect(rows).toMatchObject([{ from_at: Date.UTC(2026, 9, 31, 21), to_at: Date.UTC(2026, 10, 5, 21) }]);
  });

  it("is refused while three of the connection are running, and of no other one", async () => {
    const scene = await createScene();
    for (let n = 0; n < 3; n += 1) await start(scene);
    expectError(await scene.call("POST", JOBS, BODY), 409, "JOBS_LIMIT");
    const other = await connect(scene, "Филиал", scene.accountId);
    expect((await other.call("POST", JOBS, BODY)).status).toBe(200);
    expectReadable(await scene.call("GET", JOBS));
    expect((await scene.call("GET", JOBS)).body["jobs"]).toHaveLength(3);
  });
});

describe("a job of another connection", () => {
  it("is answered like one that never was", async () => {
    const scene = await createScene();
    const id = await start(scene);
    const other = await connect(scene, "Филиал", scene.accountId);
    for (const unknown of [id, "0000000000000000"]) {
      expectError(await other.call("GET", `${JOBS}/${unknown}`), 404, "NOT_FOUND");
      expectError(await other.call("POST", `${JOBS}/${unknown}/cancel`), 404, "NOT_FOUND");
    }
    expect((await other.call("GET", JOBS)).body["jobs"]).toEqual([]);
    expect((await scene.call("GET", `${JOBS}/${id}`)).body["job"]).toMatchObject({ state: "running" });
    expect((await call(scene.bridge, "GET", `${JOBS}/${id}`, {})).status).toBe(401);
  });
});

describe("the list of what failed", () => {
  it("comes in answers under 8 KB, and going on with `next` shows each deal once", async () => {
    const scene = await createHeldScene();
    await scene.post(visits(100));
    scene.sandbox.control.setKnobs({ nameMax: 10 });
    const id = await start(scene, { actions: ["create"] });
    await finish(scene, id, 3_600_000);
    const page = z.object({
      failed: z.array(z.object({ guid: z.string(), code: z.string() })),
      more: z.boolean().default(false),
      next: z.number().default(0),
    });
    const guids: string[] = [];
    let more = true;
    for (let next = 0, pages = 0; more && pages < 20; pages += 1) {
      const answer = await scene.call("GET", `${JOBS}/${id}?after=${next}`);
      expectReadable(answer);
      const read = page.parse(answer.body);
      guids.push(...read.failed.map(({ guid }) => guid));
      ({ more, next } = read);
    }
    expect(guids).toHaveLength(100);
    expect(new Set(guids).size).toBe(100);
  });
});
