/** Accounts and connections, for the operator. Secrets go in and never come out; a key is shown once. */
import { Hono } from "hono";
import { z } from "zod";
import { toHex } from "../bytes.ts";
import type { Account } from "../database/accounts.ts";
import type { Connection } from "../database/connections.ts";
import { AppError } from "../error.ts";
import { sealToken } from "../token.ts";
import { dayStart, hourStart, isTimeZone } from "../zone.ts";
import { authenticateAdmin, createKey } from "./auth.ts";
import { readJson } from "./body.ts";
import type { HttpDependencies, HttpEnv } from "./context.ts";

const name = z.string().trim().min(1).max(100);
const timeZone = z.string().refine(isTimeZone, "нет такого часового пояса");
const points = z.int().min(1).max(1_000_000_000);

const newAccount = z.strictObject({
  name,
  siteId: z.string().regex(/^[\x21-\x7e]{1,40}$/),
  token: z.string().regex(/^[\x21-\x7e]{1,500}$/),
  timeZone: timeZone.default("Europe/Moscow"),
  /** Calltouch grants 9000 an hour and 216000 a day unless agreed otherwise. */
  hourlyPoints: points.default(9_000),
  dailyPoints: points.default(216_000),
  requestPoints: z.int().min(1).max(1_000).default(1),
  listingLagMs: z.int().min(0).max(600_000).default(10_000),
});
const accountPatch = newAccount.partial().omit({ siteId: true });

const newConnection = z.strictObject({
  adapter: z.string(),
  name,
  accountId: z.string(),
  timeZone: timeZone.default("Europe/Moscow"),
  /** ISO 8601 with a zone. */
  since: z.iso.datetime({ offset: true }).optional(),
  dryRun: z.boolean().default(false),
  settings: z.unknown().optional(),
});
const connectionPatch = z.strictObject({
  name: name.optional(),
  timeZone: timeZone.optional(),
  since: z.iso.datetime({ offset: true }).optional(),
  dryRun: z.boolean().optional(),
  settings: z.unknown().optional(),
  infobases: z.array(z.string().trim().min(1).max(200)).max(50).optional(),
});

export function createAdminRoutes({ platform, database, vault, adapters, adminToken, nudge }: HttpDependencies) {
  const routes = new Hono<HttpEnv>();
  routes.use(async (c, next) => {
    await authenticateAdmin(c.req.raw, adminToken);
    await next();
  });

  routes.get("/accounts", async (c) => c.json({ accounts: (await database.accounts.list()).map(toAccountView) }));

  routes.post("/accounts", async (c) => {
    const { token, ...fields } = parse(newAccount, await readJson(c.req.raw));
    if (await database.accounts.isNameTaken(fields.name)) throw nameTaken();
    const id = toHex(platform.randomBytes(8));
    const sealed = await sealToken(vault, id, token);
    await database.accounts.insert({ ...fields, id, token: sealed, createdAt: platform.now() });
    return c.json({ id }, 201);
  });

  routes.get("/accounts/:id", async (c) =>
    c.json(toAccountView(found(await database.accounts.get(c.req.param("id"))))),
  );

  routes.patch("/accounts/:id", async (c) => {
    const account = found(await database.accounts.get(c.req.param("id")));
    const { token, ...fields } = parse(accountPatch, await readJson(c.req.raw));
    if (fields.name && fields.name !== account.name && (await database.accounts.isNameTaken(fields.name)))
      throw nameTaken();
    const sealed = token === undefined ? {} : { token: await sealToken(vault, account.id, token) };
    await database.accounts.update(account.id, { ...definedOnly(fields), ...sealed });
    nudge();
    return c.json({ id: account.id });
  });

  routes.get("/connections", async (c) =>
    c.json({ connections: (await database.connections.list()).map(toConnectionView) }),
  );

  routes.post("/connections", async (c) => {
    const fields = parse(newConnection, await readJson(c.req.raw));
    const adapter = adapters.get(fields.adapter);
    if (!adapter)
      throw new AppError(422, "ADAPTER_UNKNOWN", `Нет такого адаптера. Есть: ${[...adapters.keys()].join(", ")}`);
    if (!(await database.accounts.get(fields.accountId)))
      throw new AppError(422, "ACCOUNT", "Нет такой учётной записи Calltouch");
    if (await database.connections.isNameTaken(fields.name)) throw nameTaken();
    const { settings = {}, since, ...rest } = fields;
    const now = platform.now();
    const { id: keyId, key, hash } = await createKey(platform.randomBytes);
    const id = toHex(platform.randomBytes(8));
    await database.connections.insert(
      {
        ...rest,
        id,
        settings: checkSettings(adapter.settings, settings),
        sinceAt: since === undefined ? dayStart(now, rest.timeZone) : Date.parse(since),
        infobases: [],
        createdAt: now,
      },
      { id: keyId, connectionId: id, hash, createdAt: now },
    );
    return c.json({ id, key }, 201);
  });

  routes.get("/connections/:id", async (c) =>
    c.json(toConnectionView(found(await database.connections.get(c.req.param("id"))))),
  );

  routes.patch("/connections/:id", async (c) => {
    const connection = found(await database.connections.get(c.req.param("id")));
    const { since, settings, ...fields } = parse(connectionPatch, await readJson(c.req.raw));
    if (fields.name && fields.name !== connection.name && (await database.connections.isNameTaken(fields.name)))
      throw nameTaken();
    const adapter = adapters.get(connection.adapter);
    await database.connections.update(connection.id, {
      ...definedOnly(fields),
      ...(since === undefined ? {} : { sinceAt: Date.parse(since) }),
      ...(settings === undefined || !adapter ? {} : { settings: checkSettings(adapter.settings, settings) }),
    });
    const isSending = connection.dryRun && fields.dryRun === false;
    const released = isSending ? await database.deals.releaseHeld(connection.id, "DRY_RUN", platform.now()) : 0;
    nudge();
    return c.json({ id: connection.id, ...(released > 0 ? { released } : {}) });
  });

  routes.get("/summary", async (c) => {
    const now = platform.now();
    const accounts = await Promise.all(
      (await database.accounts.list()).map(async (account) => {
        const { timeZone: zone, siteId } = account;
        const used = await database.slots.used(siteId, dayStart(now, zone), hourStart(now, zone));
        return { ...toAccountView(account), points: { hourUsed: used.hour, dayUsed: used.day } };
      }),
    );
    return c.json({ accounts, deals: await database.deals.countByStatus() });
  });

  return routes;
}

function parse<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => `${path.join(".") || "тело"}: ${message}`);
  throw new AppError(422, "FIELD", problems.slice(0, 10).join("; "), { cause: parsed.error });
}

/** Stored as given, so that a later default applies; checked so that nothing unreadable is stored. */
function checkSettings(schema: z.ZodType, settings: unknown): unknown {
  parse(schema, settings);
  return settings;
}

function found<T>(row: T | undefined): T {
  if (row === undefined) throw new AppError(404, "NOT_FOUND", "Такой записи нет");
  return row;
}

function nameTaken(): AppError {
  return new AppError(409, "NAME_TAKEN", "Такое название уже есть");
}

/** A patch without the fields that were not given. */
function definedOnly<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

function toAccountView({ token: _, lease: __, leaseUntil: ___, createdAt, pausedUntil, pause, ...account }: Account) {
  const paused = pause === null ? {} : { pause, pausedUntil: new Date(pausedUntil).toISOString() };
  return { ...account, ...paused, createdAt: new Date(createdAt).toISOString() };
}

function toConnectionView({ sinceAt, createdAt, ...connection }: Connection) {
  return { ...connection, since: new Date(sinceAt).toISOString(), createdAt: new Date(createdAt).toISOString() };
}
