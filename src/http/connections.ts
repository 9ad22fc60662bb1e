import { Hono } from "hono";
import * as z from "zod";
import type { Adapter } from "../adapter.ts";
import { toHex } from "../bytes.ts";
import type { Connection } from "../database/connections.ts";
import { AppError } from "../error.ts";
import { BEFORE_START, DRY_RUN } from "../ingest/result.ts";
import { dayStart } from "../zone.ts";
import { pick, toAuditEntry } from "./audit.ts";
import { readJson } from "./body.ts";
import type { HttpDependencies, HttpEnv } from "./context.ts";
import { definedOnly, found, instant, name, parse, timeZone, writeNamed } from "./fields.ts";
import { createKey } from "./keys.ts";

export const patch = z.strictObject({
  name: name.optional(),
  timeZone: timeZone.optional(),
  since: instant.optional(),
  dryRun: z.boolean().optional(),
  settings: z.unknown().optional(),
  infobases: z.array(z.string().trim().min(1).max(200)).max(50).optional(),
});
export const whole = patch.omit({ infobases: true }).extend({
  name,
  adapter: z.string(),
  accountId: z.string(),
  timeZone: timeZone.default("Europe/Moscow"),
  dryRun: z.boolean().default(false),
});

export function createConnectionRoutes({ platform, database, adapters, nudge }: HttpDependencies) {
  const routes = new Hono<HttpEnv>();
  const { isNameTaken } = database.connections;

  routes.get("/", async (c) => c.json({ connections: (await database.connections.list()).map(toConnectionView) }));

  routes.post("/", async (c) => {
    const { settings = {}, since, ...fields } = parse(whole, await readJson(c.req.raw, platform));
    checkSettings(adapterOf(fields.adapter), settings);
    if (!(await database.accounts.get(fields.accountId))) {
      throw new AppError(422, "ACCOUNT", "Нет такой учётной записи Calltouch");
    }
    const now = platform.now();
    const { id: keyId, key, hash } = await createKey(platform.randomBytes);
    const id = toHex(platform.randomBytes(8));
    const sinceAt = since === undefined ? dayStart(now, fields.timeZone) : Date.parse(since);
    const connection = { ...fields, id, settings, sinceAt, infobases: [], createdAt: now };
    const firstKey = { id: keyId, connectionId: id, hash, createdAt: now };
    const after = { ...toConnectionView(connection), keyId };
    const entry = toAuditEntry({ at: now, action: "create", ...subject(id), after });
    await writeNamed(isNameTaken, fields.name, () => database.connections.insert(connection, firstKey, entry));
    return c.json({ id, key }, 201);
  });

  routes.get("/:id", async (c) => c.json(toConnectionView(found(await database.connections.get(c.req.param("id"))))));

  routes.patch("/:id", async (c) => {
    const connection = found(await database.connections.get(c.req.param("id")));
    const { since, ...fields } = parse(patch, await readJson(c.req.raw, platform));
    if (fields.settings !== undefined) checkSettings(adapterOf(connection.adapter), fields.settings);
    const changes = { ...definedOnly(fields), ...(since === undefined ? {} : { sinceAt: Date.parse(since) }) };
    const named = Object.keys(definedOnly({ since, ...fields }));
    if (named.length === 0) return c.json({ id: connection.id });
    const changed = { ...connection, ...changes };
    const [before, after] = [pick(toConnectionView(connection), named), pick(toConnectionView(changed), named)];
    const entry = toAuditEntry({ at: platform.now(), action: "update", ...subject(connection.id), before, after });
    const renamed = fields.name === connection.name ? undefined : fields.name;
    await writeNamed(isNameTaken, renamed, () => database.connections.update(connection.id, changes, entry));
    const released = await reviewHolds(changed);
    nudge();
    return c.json({ id: connection.id, ...(released > 0 ? { released } : {}) });
  });

  routes.delete("/:id", async (c) => {
    const connection = found(await database.connections.get(c.req.param("id")));
    const { id } = connection;
    if (await database.deals.hasDue(id)) {
      throw new AppError(409, "IN_USE", "У подключения есть непереданные сделки. Дождитесь передачи");
    }
    const before = toConnectionView(connection);
    await database.connections.delete(
      id,
      toAuditEntry({ at: platform.now(), action: "delete", ...subject(id), before }),
    );
    return c.json({ id });
  });

  /**
   * What is held for a reason that no longer applies becomes due, and what is due in a trial is held. Done after every
   * change: a request that broke off between its writes may be repeated.
   */
  async function reviewHolds({ id, sinceAt, dryRun }: Connection): Promise<number> {
    const early = await releaseAll((now) => database.deals.releaseHeld(id, BEFORE_START.code, now, sinceAt));
    if (!dryRun) return early + (await releaseAll((now) => database.deals.releaseHeld(id, DRY_RUN.code, now)));
    await database.deals.holdDue(id, DRY_RUN);
    return 0;
  }

  async function releaseAll(releasePortion: (now: number) => Promise<number>): Promise<number> {
    let released = 0;
    for (;;) {
      const portion = await releasePortion(platform.now());
      if (portion === 0) return released;
      released += portion;
    }
  }

  function adapterOf(id: string): Adapter {
    const adapter = adapters.get(id);
    if (adapter) return adapter;
    throw new AppError(422, "ADAPTER_UNKNOWN", `Нет такого адаптера. Есть: ${[...adapters.keys()].join(", ")}`);
  }

  return routes;
}

const subject = (subjectId: string) => ({ subjectKind: "connection", subjectId }) as const;

/** Settings are stored as given, so that a later default applies; checked so that nothing unreadable is stored. */
function checkSettings(adapter: Adapter, settings: unknown): void {
  parse(adapter.settings, settings);
}

function toConnectionView({ sinceAt, createdAt, ...connection }: Connection) {
  return { ...connection, since: new Date(sinceAt).toISOString(), createdAt: new Date(createdAt).toISOString() };
}
