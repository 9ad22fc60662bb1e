/** Exchange rules. After every change the connection's held deals are folded again: another rule may take them up. */
import { and, asc, eq } from "drizzle-orm";
import { type AuditEntry, toAuditRow } from "./audit.ts";
import type { Orm } from "./orm.ts";
import { REVIEW } from "./reviews.ts";
import { connections, rules } from "./schema.ts";

export type Rule = typeof rules.$inferSelect;
export type RulePatch = Partial<Omit<Rule, "id" | "connectionId" | "createdAt">>;

export function createRules(orm: Orm) {
  const ofConnection = (connectionId: string, id: string) =>
    and(eq(rules.id, id), eq(rules.connectionId, connectionId));
  const review = (connectionId: string) => orm.update(connections).set(REVIEW).where(eq(connections.id, connectionId));
  const auditRows = (audit: AuditEntry | undefined) => (audit ? [toAuditRow(orm, audit)] : []);

  return {
    /** All of a connection, the oldest first. */
    list: (connectionId: string): Promise<Rule[]> =>
      orm.select().from(rules).where(eq(rules.connectionId, connectionId)).orderBy(asc(rules.createdAt), asc(rules.id)),

    async get(connectionId: string, id: string): Promise<Rule | undefined> {
      const [rule] = await orm.select().from(rules).where(ofConnection(connectionId, id));
      return rule;
    },

    async insert(rule: Rule, audit?: AuditEntry): Promise<void> {
      await orm.batch([orm.insert(rules).values(rule), ...auditRows(audit), review(rule.connectionId)]);
    },

    /** The rule as it is now; undefined when the connection has no such rule. */
    async update(connectionId: string, id: string, patch: RulePatch, audit?: AuditEntry): Promise<Rule | undefined> {
      const write = orm.update(rules).set(patch).where(ofConnection(connectionId, id)).returning();
      const [[updated]] = await orm.batch([write, ...auditRows(audit), review(connectionId)]);
      return updated;
    },

    /** False when the connection has no such rule. */
    async delete(connectionId: string, id: string, audit?: AuditEntry): Promise<boolean> {
      const write = orm.delete(rules).where(ofConnection(connectionId, id)).returning({ id: rules.id });
      const [deleted] = await orm.batch([write, ...auditRows(audit), review(connectionId)]);
      return deleted.length > 0;
    },
  };
}
