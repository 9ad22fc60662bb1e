/** One post of documents by 1C: what it sends, what the bridge must answer, and what Calltouch must have after it. */
import * as z from "zod";
import { type ShownDeal, toDealLine } from "./deal.ts";
import { type OneCRequest, postAsOneC } from "./onec.ts";
import { type Stage, toSeconds } from "./stage.ts";

export interface Step extends Pick<OneCRequest, "auth" | "encoding"> {
  title: string;
  documents: { number: string; [field: string]: unknown }[];
  /** Result and code of each document. */
  answers: string[];
  /** Deals that this step creates or changes. */
  deals: ShownDeal[];
}

export const ACCEPTED = "accepted ACCEPTED";

export interface OneC {
  adapter: string;
  infobase: string;
  key: string;
}

const answer = z.object({
  message: z.string(),
  results: z
    .array(z.object({ index: z.number(), result: z.string(), code: z.string(), message: z.string().optional() }))
    .default([]),
});
type Answer = z.infer<typeof answer> & { httpStatus: number };

/** @throws when an answer or a deal is not as it must be. */
export async function playSteps(stage: Stage, oneC: OneC, steps: readonly Step[]): Promise<void> {
  for (const [index, step] of steps.entries()) {
    console.log(`${index + 1}. ${step.title}  (${step.auth}, ${step.encoding})`);
    await playStep(stage, oneC, step);
    console.log();
  }
}

async function playStep(stage: Stage, { adapter, infobase, key }: OneC, step: Step): Promise<void> {
  const { auth, encoding, documents } = step;
  const url = `${stage.bridge.url}/v1/${adapter}/documents`;
  const answered = await postAsOneC({ url, key, auth, encoding, body: { client: { infobase }, documents } }, answer);
  console.log(toReport(step, answered));
  const answers = answered.results.map(({ result, code }) => `${result} ${code}`);
  if (answers.join() !== step.answers.join()) {
    stage.fail(`the bridge answered "${answers.join(", ")}", expected "${step.answers.join(", ")}"`);
  }
  const ms = await stage.untilArrived(step.deals);
  for (const deal of step.deals) console.log(`   → Calltouch after ${toSeconds(ms)}: ${toDealLine(deal)}`);
}

function toReport({ documents }: Step, { httpStatus, message, results }: Answer): string {
  const lines = results.map(
    ({ index, result, message: text = "" }) =>
      `     ${documents[index]?.number.trim() ?? ""}  ${result.padEnd(9)}  ${text}`,
  );
  return [`   ${httpStatus}  ${message}`, ...lines].join("\n");
}
