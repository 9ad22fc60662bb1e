/** A lead at rest: sealed, since it tells who called. */
import { type Lead, lead as leadSchema } from "../lead.ts";
import type { Vault } from "../vault.ts";

interface Place {
  connectionId: string;
  kind: "call" | "request";
  leadId: number;
}

const placeOf = ({ connectionId, kind, leadId }: Place) => `lead:${connectionId}:${kind}:${leadId}`;

export function sealLead(vault: Vault, connectionId: string, lead: Lead): Promise<string> {
  return vault.seal(JSON.stringify(lead), placeOf({ connectionId, kind: lead.kind, leadId: lead.id }));
}

/** Null when it has been dropped, or is not of this row or of this key. */
export async function openLead(vault: Vault, row: Place & { sealed: string | null }): Promise<Lead | null> {
  if (row.sealed === null) return null;
  try {
    return leadSchema.parse(JSON.parse(await vault.open(row.sealed, placeOf(row))));
  } catch {
    return null;
  }
}
