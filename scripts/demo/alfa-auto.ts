/** A car service on 1C Alfa-Auto: appointments and work orders become deals. */
import { createAlfaAutoSteps } from "./alfa-auto-documents.ts";
import { createAlfaAutoLeads, SITE } from "./alfa-auto-leads.ts";
import type { Stage } from "./stage.ts";
import { playSteps } from "./step.ts";

/** Returns the key of its 1C. */
export async function playAlfaAuto(stage: Stage): Promise<{ key: string }> {
  console.log("── A car service on 1C Alfa-Auto ──\n");
  const account = { name: "Кабинет автосервиса" };
  const { key } = await stage.connect({ site: SITE, account, adapter: "alfa-auto", name: "Альфа-Авто" });
  for (const lead of createAlfaAutoLeads(stage.now)) stage.calltouch.control.addLead(lead);
  await playSteps(stage, { adapter: "alfa-auto", infobase: "alfa-main", key }, createAlfaAutoSteps(stage.now));
  return { key };
}
