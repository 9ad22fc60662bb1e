/** Two firms on one bridge: an account, a site, a connection and a key each, and a second connection of the first firm. */
import * as z from "zod";
import { type Answer, call, createScene, type Scene, SITE } from "../scene.ts";

export const OTHER_SITE = { siteId: "55555", token: "other-token" };
const SINCE = "2026-01-01T00:00:00+03:00";
const DOCUMENTS = "/v1/alfa-auto/documents";

export interface Firm {
  accountId: string;
  connectionId: string;
  key: string;
  call: (method: string, path: string, body?: unknown, headers?: Record<string, string>) => Promise<Answer>;
  /** Posts and waits until all that can be sent is sent. */
  post: (documents: readonly unknown[], extra?: Record<string, unknown>) => Promise<Answer>;
}

export async function createFirms() {
  const scene = await createScene();
  scene.sandbox.control.addSite(OTHER_SITE);
  const account = await scene.admin("POST", "/accounts", { name: "Чужой кабинет", ...OTHER_SITE });
  const otherAccountId = z.string().parse(account.body["id"]);
  const first = firm(scene, scene.accountId, scene.connectionId, scene.key);
  return {
    scene,
    first,
    other: await connect(scene, "Чужой сервис", otherAccountId),
    branch: await connect(scene, "Филиал", scene.accountId),
    /** Every row that has to do with the first firm, but for those of its branch. */
    rowsOfFirst: () => rowsNaming(scene, [first.connectionId]),
    dealsOfFirst: () => JSON.stringify(scene.sandbox.control.deals(SITE.siteId)),
  };
}

export async function connect(scene: Scene, name: string, accountId: string): Promise<Firm> {
  const { body } = await scene.admin("POST", "/connections", { adapter: "alfa-auto", name, accountId, since: SINCE });
  return firm(scene, accountId, z.string().parse(body["id"]), z.string().parse(body["key"]));
}

function firm(scene: Scene, accountId: string, connectionId: string, key: string): Firm {
  const ask: Firm["call"] = (method, path, body, headers = {}) =>
    call(scene.bridge, method, path, { authorization: `Bearer ${key}`, ...headers }, body);
  return {
    accountId,
    connectionId,
    key,
    call: ask,
    async post(documents, extra = {}) {
      const answer = await ask("POST", DOCUMENTS, { documents, ...extra });
      await scene.idle();
      await scene.run(5_000);
      return answer;
    },
  };
}

/** Of every table the rows in which one of these ids stands anywhere. */
async function rowsNaming({ client }: Scene, ids: readonly string[]): Promise<string> {
  const { rows: tables } = await client.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name");
  const lines: string[] = [];
  for (const { name } of tables) {
    const { rows } = await client.execute(`SELECT * FROM "${String(name)}"`);
    const texts = rows.map((row) => `${String(name)} ${JSON.stringify(row)}`);
    lines.push(...texts.filter((text) => ids.some((id) => text.includes(id))));
  }
  return lines.join("\n");
}
