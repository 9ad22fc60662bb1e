/** A shop with a service on 1C Dalion: exchange rules, shipments and returns, and the advertising sources back in 1C. */
import * as z from "zod";
import { ORGANIZATION, SERVICE, SHOP } from "./dalion-documents.ts";
import { createDalionLeads, FULL_NAMES, OWN_TAG, SITE } from "./dalion-leads.ts";
import { createDalionSteps } from "./dalion-steps.ts";
import { postAsOneC } from "./onec.ts";
import type { Stage } from "./stage.ts";
import { playSteps } from "./step.ts";

const action = z.object({
  message: z.string(),
  results: z.array(z.object({ guid: z.string().optional(), result: z.string(), code: z.string() })).default([]),
});
const feed = z.object({
  attributions: z.array(z.object({ guid: z.string(), matched: z.boolean(), fullName: z.string() })).default([]),
});

export async function playDalion(stage: Stage): Promise<void> {
  console.log("── A shop and a service on 1C Dalion ──\n");
  const { connectionId, key } = await stage.connect({
    site: SITE,
    account: { name: "Кабинет магазина", itemKindTags: true },
    adapter: "dalion",
    name: "Далион",
  });
  for (const { orderType, funnel } of [SHOP, SERVICE]) {
    const rule = { organization: ORGANIZATION, orderType, funnel, leadTag: OWN_TAG };
    await stage.administer(`/connections/${connectionId}/rules`, rule, z.object({ id: z.string() }));
    console.log(`   rule: ${ORGANIZATION}, «${orderType}» → funnel «${funnel}», lead tag «${OWN_TAG}»`);
  }
  console.log();
  for (const lead of createDalionLeads(stage.now)) stage.calltouch.control.addLead(lead);
  const steps = createDalionSteps(stage.now);
  await playSteps(stage, { adapter: "dalion", infobase: "dalion-main", key }, steps);
  console.log(`${steps.length + 1}. The advertising sources back in 1C, asked for at once by hand`);
  await readSources(stage, key);
  console.log();
}

/** By itself the bridge asks Calltouch minutes after a deal was made; nobody waits for that here. */
async function readSources(stage: Stage, key: string): Promise<void> {
  const request = { key, auth: "Basic", encoding: "UTF-8" } as const;
  const url = `${stage.bridge.url}/v1/dalion`;
  const body = { action: "attribution", guids: [...FULL_NAMES.keys()] };
  const acted = await postAsOneC({ ...request, url: `${url}/deals/actions`, body }, action);
  console.log(`   ${acted.httpStatus}  ${acted.message}`);
  const { attributions } = await postAsOneC({ ...request, url: `${url}/attributions`, body: {} }, feed);
  for (const { guid, fullName } of attributions) console.log(`     ${guid}  ${fullName}`);
  const shown = attributions.map(({ guid, fullName }) => `${guid}  ${fullName}`).sort();
  const wanted = [...FULL_NAMES].map(([guid, fullName]) => `${guid}  ${fullName}`).sort();
  if (shown.join("\n") !== wanted.join("\n")) {
    stage.fail(`1C has read these sources:\n${shown.join("\n")}\nexpected:\n${wanted.join("\n")}`);
  }
}
