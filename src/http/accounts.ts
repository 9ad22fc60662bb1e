import { Hono } from "hono";
import * as z from "zod";
import { toHex } from "../bytes.ts";
import type { Account } from "../database/accounts.ts";
import { AppError } from "../error.ts";
import { sealToken } from "../token.ts";
import { pick, toAuditEntry } from "./audit.ts";
import { readJson } from "./body.ts";
import type { HttpDependencies, HttpEnv } from "./context.ts";
import { definedOnly, found, name, parse, timeZone, writeNamed } from "./fields.ts";

const points = z.int().min(1).max(1_000_000_000);

export const patch = z.strictObject({
  name: name.optional(),
  token: z
    .string()
    .regex(/^[\x21-\x7e]{1,500}$/)
    .optional(),
  timeZone: timeZone.optional(),
  hourlyPoints: points.optional(),
  dailyPoints: points.optional(),
  /** What one request costs. */
  requestPoints: z.int().min(1).max(1_000).optional(),
  /** The share of the points kept for deliveries; reads stop before it. */
  livePercent: z.int().min(0).max(90).optional(),
  listingLagMs: z.int().min(0).max(600_000).optional(),
  /** Off: documents are kept and wait for a person. */
  autoExchange: z.boolean().optional(),
  /** Whether the ERP shows its users what became of their documents. */
  showMessages: z.boolean().optional(),
  /** Whether the kinds of the items become tags of the deal. */
  itemKindTags: z.boolean().optional(),
});
/** Defaults are here alone: a patch says nothing of what it does not name. */
export const whole = patch.extend({
  name,
  siteId: z.string().regex(/^[\x21-\x7e]{1,40}$/),
  token: patch.shape.token.unwrap(),
  timeZone: timeZone.default("Europe/Moscow"),
  /** Calltouch grants 9000 an hour and 216000 a day unless agreed otherwise. */
  hourlyPoints: points.default(9_000),
  dailyPoints: points.default(216_000),
  requestPoints: patch.shape.requestPoints.unwrap().default(1),
  livePercent: patch.shape.livePercent.unwrap().default(10),
  listingLagMs: patch.shape.listingLagMs.unwrap().default(10_000),
  autoExchange: z.boolean().default(true),
  showMessages: z.boolean().default(true),
  itemKindTags: z.boolean().default(false),
});

export function createAccountRoutes({ platform, database, vault, nudge }: HttpDependencies) {
  const routes = new Hono<HttpEnv>();
  const { isNameTaken } = database.accounts;

  routes.get("/", async (c) => c.json({ accounts: (await database.accounts.list()).map(toAccountView) }));

  routes.post("/", async (c) => {
    const { token, ...fields } = parse(whole, await readJson(c.req.raw, platform));
    const id = toHex(platform.randomBytes(8));
    const sealed = await sealToken(vault, id, token);
    const at = platform.now();
    const account = { ...fields, id, token: sealed, createdAt: at };
    const entry = toAuditEntry({ at, action: "create", ...subject(id), after: { ...fields, token } });
    await writeNamed(isNameTaken, fields.name, () => database.accounts.insert(account, entry));
    return c.json({ id }, 201);
  });

  routes.get("/:id", async (c) => c.json(toAccountView(found(await database.accounts.get(c.req.param("id"))))));

  routes.patch("/:id", async (c) => {
    const account = found(await database.accounts.get(c.req.param("id")));
    const { token, ...fields } = parse(patch, await readJson(c.req.raw, platform));
    const sealed = token === undefined ? {} : { token: await sealToken(vault, account.id, token) };
    const changes = { ...definedOnly(fields), ...sealed };
    const renamed = fields.name === account.name ? undefined : fields.name;
    if (Object.keys(changes).length > 0) {
      const named = Object.keys(changes);
      const [before, after] = [pick(account, named), pick(changes, named)];
      const entry = toAuditEntry({ at: platform.now(), action: "update", ...subject(account.id), before, after });
      await writeNamed(isNameTaken, renamed, () => database.accounts.update(account.id, changes, entry));
    }
    nudge();
    return c.json({ id: account.id });
  });

  routes.delete("/:id", async (c) => {
    const account = found(await database.accounts.get(c.req.param("id")));
    const before = toAccountView(account);
    const entry = toAuditEntry({ at: platform.now(), action: "delete", ...subject(account.id), before });
    if (!(await database.accounts.delete(account.id, entry))) {
      throw new AppError(
        409,
        "IN_USE",
        "Учётная запись нужна подключениям, настройкам обмена или их сделкам. Пока они есть, она не удаляется",
      );
    }
    return c.json({ id: account.id });
  });

  return routes;
}

const subject = (subjectId: string) => ({ subjectKind: "account", subjectId }) as const;

const SHOWN = ["id", ...Object.keys(whole.omit({ token: true }).shape), "failures"];

/** An account as it may be shown: without its token. */
export function toAccountView(account: Account) {
  const { createdAt, pausedUntil, pause, journalTrouble } = account;
  const paused = pause === null ? {} : { pause, pausedUntil: new Date(pausedUntil).toISOString() };
  const journals = journalTrouble === null ? {} : { journals: journalTrouble };
  return { ...pick(account, SHOWN), ...paused, ...journals, createdAt: new Date(createdAt).toISOString() };
}
