/** A scene with one Dalion connection whose documents are of 2023. */
import * as z from "zod";
import { createScene, type SceneOptions, SITE } from "../scene.ts";

export const MINUTE = 60_000;
export const PHONE = "79002003041";

export async function createDalionScene(options: SceneOptions = {}) {
  const connection = { adapter: "dalion", since: "2020-01-01T00:00:00+03:00", ...options.connection };
  const scene = await createScene({ ...options, connection });
  return {
    ...scene,
    /** A rule of the connection; returns its id. */
    async addRule(rule: Record<string, unknown>): Promise<string> {
      const answer = await scene.admin("POST", `/connections/${scene.connectionId}/rules`, rule);
      return z.object({ id: z.string() }, { error: answer.text }).parse(answer.body).id;
    },
    /** Another account of another site; returns its id. */
    async addAccount(name: string, siteId: string): Promise<string> {
      scene.sandbox.control.addSite({ siteId, token: "another-token" });
      const answer = await scene.admin("POST", "/accounts", { name, siteId, token: "another-token" });
      return z.object({ id: z.string() }, { error: answer.text }).parse(answer.body).id;
    },
    writes: () =>
      scene.sandbox.control.requests().flatMap(({ operation }) => (operation === "list" ? [] : [operation])),
    dealOf: (orderNumber: string, siteId: string = SITE.siteId) => scene.sandbox.control.deal(siteId, orderNumber),
  };
}
