/** Actions wait for Calltouch, so there are only so many of them at once. */
import { describe, expect, it } from "vitest";
import { guidOf, turned, visit, withoutDispatch } from "../dispatcher/stage.ts";
import { expectError } from "../http/contract.ts";
import { createScene, NOON } from "../scene.ts";
import { PATH } from "./stage.ts";

describe("actions of one connection", () => {
  it("are at most four at once, and the fifth is told to come later", async () => {
    const scene = await createScene();
    const documents = { documents: [visit(1)] };
    await withoutDispatch(scene.platform, () => scene.call("POST", "/v1/alfa-auto/documents", documents));
    // Somebody else has the account and does nothing with it.
    await scene.client.execute({ sql: "UPDATE accounts SET lease = 'x', lease_until = ?", args: [NOON + 3_600_000] });
    const sleepers: (() => void)[] = [];
    scene.platform.sleep = () => new Promise<void>((wake) => sleepers.push(wake));
    const create = () => scene.call("POST", PATH, { action: "create", guids: [guidOf(1)] });
    const running = [create(), create(), create(), create()];
    while (sleepers.length < running.length) await turned();
    expectError(await create(), 429, "RATE");
    scene.clock.set(NOON + 20_000);
    for (const wake of sleepers) wake();
    const answers = await Promise.all(running);
    expect(answers.map(({ body }) => body["results"])).toMatchObject(answers.map(() => [{ code: "PENDING" }]));
    scene.platform.sleep = async (ms) => scene.clock.advance(ms);
    expect((await create()).status).toBe(200);
  });
});
