/** Whether the ERP shows its users what became of their documents: a flag of the account, repeated in each result. */
import { describe, expect, it } from "vitest";
import { guidOf, visit, visits } from "../dispatcher/stage.ts";
import { createScene } from "../scene.ts";
import { expectReadable, resultsOf } from "./contract.ts";

const PATH = "/v1/alfa-auto/documents";

describe("showMessage", () => {
  it("stands in each result as long as the account wants it", async () => {
    const scene = await createScene();
    const documents = [visit(1), visit(2, { status: "" }), visit(3, { amount: "много" }), visit(1)];
    const shown = resultsOf(await scene.call("POST", PATH, { documents }));
    expect(shown.map(({ showMessage }) => showMessage)).toEqual([true, true, true, true]);
    await scene.admin("PATCH", `/accounts/${scene.accountId}`, { showMessages: false });
    const hidden = resultsOf(await scene.call("POST", PATH, { documents }));
    expect(hidden.every((result) => !("showMessage" in result))).toBe(true);
    await scene.idle();
  });

  it("stands in the results of actions, too", async () => {
    const scene = await createScene();
    const check = () => scene.call("POST", "/v1/alfa-auto/deals/actions", { action: "check", guids: [guidOf(1)] });
    expect((await check()).body["results"]).toMatchObject([{ showMessage: true }]);
    await scene.admin("PATCH", `/accounts/${scene.accountId}`, { showMessages: false });
    expect((await check()).text).not.toContain("showMessage");
  });

  it("goes with the message it is about when a hundred results would not fit", async () => {
    const scene = await createScene();
    const answer = await scene.call("POST", PATH, { documents: visits(100) });
    expectReadable(answer);
    const results = resultsOf(answer);
    expect(results).toHaveLength(100);
    for (const { message, showMessage } of results) expect(showMessage).toBe(message === undefined ? undefined : true);
    expect(results[0]?.showMessage).toBe(true);
    await scene.idle();
  });
});
