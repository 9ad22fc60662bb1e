/** Applied in this order, each once, each whole or not at all. Never edited after they have landed. */
import { addAttribution } from "./add-attribution.ts";
import { addErpApi } from "./add-erp-api.ts";
import { addGuidIndex } from "./add-guid-index.ts";
import { addHookVersions } from "./add-hook-versions.ts";
import { addJobs } from "./add-jobs.ts";
import { addJournalTrouble } from "./add-journal-trouble.ts";
import { addKeysAndAudit } from "./add-keys-and-audit.ts";
import { addRetention } from "./add-retention.ts";
import { addRules } from "./add-rules.ts";
import { appendDocuments } from "./append-documents.ts";
import { createTables } from "./create-tables.ts";

export interface Migration {
  name: string;
  statements: readonly string[];
}

export const migrations: readonly Migration[] = [
  createTables,
  addKeysAndAudit,
  addGuidIndex,
  addRetention,
  addRules,
  addAttribution,
  addJobs,
  addErpApi,
  appendDocuments,
  addHookVersions,
  addJournalTrouble,
];
