import { Hono } from "hono";
import * as z from "zod";
import type { Adapter } from "../adapter.ts";
import { toHex } from "../bytes.ts";
import type { Connection } from "../database/connections.ts";
import { openSecrets, sealSecrets, splitSettings } from "../erp-api/secrets.ts";
import { AppError } from "../error.ts";
import { DRY_RUN } from "../ingest/result.ts";
import { dayStart } from "../zone.ts";
import { pick, toAuditEntry } from "./audit.ts";
import { readJson } from "./body.ts";
import type { HttpDependencies, HttpEnv } from "./context.ts";
import { definedOnly, found, instant, name, parse, timeZone, writeNamed } from "./fields.ts";
import { createKey } from "./keys.ts";
import { toTroubleView } from "./trouble.ts";

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

export function createConnectionRoutes(dependencies: HttpDependencies) {
  const { platform, database, vault, adapters, nudge, nudgeExchange } = dependencies;
  const routes = new Hono<HttpEnv>();
  const { isNameTaken } = database.connections;

  routes.get("/", async (c) => c.json({ connections: (await database.connections.list()).map(toConnectionView) }));

  routes.post("/", async (c) => {
    const { settings = {}, since, ...fields } = parse(whole, await readJson(c.req.raw, platform));
    const adapter = adapterOf(fields.adapter);
    checkSettings(adapter, settings);
    if (!(await database.accounts.get(fields.accountId))) {
      throw new AppError(422, "ACCOUNT", "Нет такой учётной записи Calltouch");
    }
    const now = platform.now();
    const { id: keyId, key, hash } = await createKey(platform.randomBytes);
    const id = toHex(platform.randomBytes(8));
    const sinceAt = since === undefined ? dayStart(now, fields.timeZone) : Date.parse(since);
    const { open, secrets } = splitSettings(adapter, settings);
    const sealed = await sealSecrets(vault, id, secrets);
    const stored = {
      settings: open,
      secrets: sealed,
      sinceAt,
      infobases: [],
      createdAt: now,
      reviewAfter: null,
      policy: 0,
      hookVersion: 0,
    };
    const connection = { ...fields, id, ...stored };
    const firstKey = { id: keyId, connectionId: id, hash, createdAt: now };
    const after = { ...toConnectionView(connection), keyId };
    const entry = toAuditEntry({ at: now, action: "create", ...subject(id), after });
    await writeNamed(isNameTaken, fields.name, () => database.connections.insert(connection, firstKey, entry));
    if (adapter.api) await database.exchanges.ensure(id, now);
    return c.json({ id, key }, 201);
  });

  routes.get("/:id", async (c) => {
    const connection = found(await database.connections.get(c.req.param("id")));
    const { reasonCode: code, reason: message, pausedUntil } = (await database.exchanges.get(connection.id)) ?? {};
    const trouble = code && message && pausedUntil !== undefined ? { pausedUntil, code, message } : undefined;
    return c.json({ ...toConnectionView(connection), ...(trouble ? { exchange: toTroubleView(trouble) } : {}) });
  });

  routes.patch("/:id", async (c) => {
    const connection = found(await database.connections.get(c.req.param("id")));
    const { since, ...fields } = parse(patch, await readJson(c.req.raw, platform));
    const settings = fields.settings === undefined ? {} : await toStoredSettings(connection, fields.settings);
    const from = since === undefined ? {} : { sinceAt: Date.parse(since) };
    const changes = { ...definedOnly(fields), ...settings, ...from };
    const named = Object.keys(definedOnly({ since, ...fields }));
    if (named.length === 0) return c.json({ id: connection.id });
    const changed = { ...connection, ...changes };
    const recorded = changed.secrets === connection.secrets ? named : [...named, "secrets"];
    const [before, after] = [pick(toRecord(connection), recorded), pick(toRecord(changed), recorded)];
    const entry = toAuditEntry({ at: platform.now(), action: "update", ...subject(connection.id), before, after });
    const renamed = fields.name === connection.name ? undefined : fields.name;
    await writeNamed(isNameTaken, renamed, () => database.connections.update(connection.id, changes, entry));
    if (fields.settings !== undefined) {
      // What was refused may be what the new settings are for.
      await database.leads.retryAll(connection.id);
      await database.exchanges.resume(connection.id, platform.now());
      nudgeExchange();
    }
    // Done after every change: a request that broke off between its writes may be repeated.
    if (changed.dryRun) await database.deals.holdDue(connection.id, DRY_RUN);
    nudge();
    return c.json({ id: connection.id });
  });

  routes.delete("/:id", async (c) => {
    const connection = found(await database.connections.get(c.req.param("id")));
    const { id } = connection;
    if (await database.deals.hasDue(id)) {
      throw new AppError(
        409,
        "IN_USE",
        "У подключения есть непереданные сделки. Дождитесь передачи или включите dryRun",
      );
    }
    const before = toConnectionView(connection);
    await database.connections.delete(
      id,
      toAuditEntry({ at: platform.now(), action: "delete", ...subject(id), before }),
    );
    return c.json({ id });
  });

  /** Secrets that are not given stay as they are. */
  async function toStoredSettings({ id, adapter: name, secrets: sealed }: Connection, settings: unknown) {
    const adapter = adapterOf(name);
    checkSettings(adapter, settings);
    const { open, secrets } = splitSettings(adapter, settings);
    const known = await openSecrets(vault, id, sealed);
    const all = Object.keys(secrets).length === 0 ? sealed : await sealSecrets(vault, id, { ...known, ...secrets });
    return { settings: open, secrets: all };
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

/** Of its secrets only that there are some. */
function toConnectionView({
  sinceAt,
  createdAt,
  reviewAfter: _,
  policy: __,
  hookVersion: ___,
  secrets,
  ...connection
}: Connection) {
  const times = { since: new Date(sinceAt).toISOString(), createdAt: new Date(createdAt).toISOString() };
  return { ...connection, ...times, ...(secrets === null ? {} : { hasSecrets: true }) };
}

/** For the audit log, where it shows that secrets were replaced. */
function toRecord(connection: Connection) {
  return { ...toConnectionView(connection), ...(connection.secrets === null ? {} : { secrets: "***" }) };
}
