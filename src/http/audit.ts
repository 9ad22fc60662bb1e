/** Who changed what through /admin, and when. */
import { zValidator } from "@hono/zod-validator";
import { Hono } from "hono";
import * as z from "zod";
import type { AuditEntry } from "../database/audit.ts";
import type { HttpDependencies, HttpEnv } from "./context.ts";
import { inRussian, pageQuery, refuse } from "./fields.ts";

const SECRET = /(token|secret|password)$/i;

const listQuery = z.strictObject(pageQuery);

export function createAuditRoutes({ database }: HttpDependencies) {
  const routes = new Hono<HttpEnv>();
  routes.get("/", zValidator("query", listQuery, refuse, inRussian), async (c) => {
    const { after, limit } = c.req.valid("query");
    const rows = await database.audit.list(after, limit + 1);
    const shown = rows.slice(0, limit);
    const audit = shown.map(({ at, before, after, ...row }) => ({
      ...row,
      at: new Date(at).toISOString(),
      ...(before === null ? {} : { before }),
      ...(after === null ? {} : { after }),
    }));
    return c.json({ audit, ...(rows.length > limit ? { next: shown.at(-1)?.id } : {}) });
  });
  return routes;
}

type Change = Pick<AuditEntry, "at" | "action" | "subjectKind" | "subjectId"> & { before?: object; after?: object };

/** What is recorded of a change. Of a secret only that there was one. */
export function toAuditEntry({ before, after, ...change }: Change): AuditEntry {
  return { ...change, actor: "admin", before: before ? mask(before) : null, after: after ? mask(after) : null };
}

/** These fields alone, as they were or will be. */
export function pick(row: Readonly<Record<string, unknown>>, names: readonly string[]): object {
  return Object.fromEntries(names.map((name) => [name, row[name]]));
}

function mask(value: object): object {
  const isSecret = (name: string, part: unknown) => SECRET.test(name) && part !== null && part !== undefined;
  return JSON.parse(JSON.stringify(value, (name, part: unknown) => (isSecret(name, part) ? "***" : part)));
}
