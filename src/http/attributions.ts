/** The advertising sources on their way back into the ERP: what has changed since it last asked, in pages it can keep. */
import * as z from "zod";
import { type Attribution, fullNameOf, queryOf } from "../attribution/attribution.ts";
import { isEqualConstantTime } from "../bytes.ts";
import type { FeedRow } from "../database/attribution-feed.ts";
import type { Database } from "../database/database.ts";
import { AppError } from "../error.ts";
import type { Vault } from "../vault.ts";
import { ANSWER_BYTES_MAX, cut, sizeOf } from "./fit.ts";

const LIMIT_MAX = 100;
/** So that one deal always fits into an answer. */
const TEXT_LENGTH_MAX = 200;
const FULL_NAME_LENGTH_MAX = 600;
/** A hundred bits: enough that nobody guesses one. */
const SIGNATURE_LENGTH = 17;

const isLimit = `Поле limit: ожидается целое число от 1 до ${LIMIT_MAX}`;
const isFlag = "Поле includeUnmatched: ожидается булево значение";
export const attributionsBody = z.object(
  {
    /** Judged by itself: whatever is wrong with it is answered alike. */
    cursor: z.unknown().optional(),
    limit: z.int({ error: isLimit }).min(1, { error: isLimit }).max(LIMIT_MAX, { error: isLimit }).nullish(),
    includeUnmatched: z.boolean({ error: isFlag }).nullish(),
  },
  { error: "Ожидается объект: cursor, limit, includeUnmatched, все поля необязательны" },
);

interface Dependencies {
  database: Pick<Database, "attributions">;
  vault: Pick<Vault, "hash">;
}

/** The returned cursor can always be used, also when there was nothing new. @throws AppError CURSOR */
export async function readAttributions(
  { database, vault }: Dependencies,
  connectionId: string,
  body: z.infer<typeof attributionsBody>,
  requestId: string,
) {
  const afterSeq = await openCursor(vault, connectionId, body.cursor);
  const feed = await database.attributions.feed(connectionId, afterSeq, body.includeUnmatched === true);
  if (feed.isAhead) throw wrongCursor();
  const limit = body.limit ?? LIMIT_MAX;
  const envelope = { status: "ok", message: "Источники рекламы", requestId, more: false };
  // The cursor is a little longer at most.
  let size = sizeOf({ ...envelope, cursor: await sealCursor(vault, connectionId, Number.MAX_SAFE_INTEGER) });
  const shown: object[] = [];
  let readTo = afterSeq;
  for (const row of feed.rows.slice(0, limit)) {
    const view = toView(row);
    size += sizeOf(view) + 1;
    if (size > ANSWER_BYTES_MAX && shown.length > 0) break;
    shown.push(view);
    readTo = row.seq;
  }
  const isWhole = shown.length === feed.rows.length;
  const cursor = await sealCursor(vault, connectionId, isWhole ? feed.scannedTo : readTo);
  return { ...envelope, attributions: shown, cursor, more: !isWhole || feed.more };
}

function toView({ guid, guids, orderNumber, calltouchId, attribution }: FeedRow): object {
  const { lead } = attribution;
  return {
    guid,
    ...(guids.length === 0 ? {} : { guids }),
    ...(orderNumber === null ? {} : { orderNumber }),
    ...(calltouchId === null ? {} : { dealId: calltouchId }),
    ...toSourceView(attribution),
    ...(lead === undefined ? {} : { leadKind: lead.kind }),
    ...(lead?.id === undefined ? {} : { leadId: lead.id }),
    ...(lead?.number === undefined ? {} : { leadNumber: cut(lead.number, TEXT_LENGTH_MAX) }),
  };
}

/** As every answer to an ERP shows a source; what is not known is left out. */
export function toSourceView(known: Attribution): object {
  const texts = {
    source: known.source,
    medium: known.medium,
    campaign: known.campaign,
    keyword: queryOf(known),
  };
  const shown = Object.entries(texts).flatMap(([name, text]) =>
    text === undefined ? [] : [[name, cut(text, TEXT_LENGTH_MAX)]],
  );
  const fullName = fullNameOf(known);
  return {
    matched: known.matched,
    ...Object.fromEntries(shown),
    ...(fullName === undefined ? {} : { fullName: cut(fullName, FULL_NAME_LENGTH_MAX) }),
  };
}

async function sealCursor(vault: Dependencies["vault"], connectionId: string, seq: number): Promise<string> {
  const signature = await vault.hash(`attributions:${connectionId}:${seq}`);
  return `${seq}.${signature.slice(0, SIGNATURE_LENGTH)}`;
}

/** From the beginning without one. A cursor of another connection is answered as one that never was. */
async function openCursor(vault: Dependencies["vault"], connectionId: string, given: unknown): Promise<number> {
  if (given === undefined || given === null || given === "") return 0;
  const cursor = typeof given === "string" ? given.trim() : "";
  const seq = Number(/^(\d{1,15})\./.exec(cursor)?.[1] ?? Number.NaN);
  const expected = await sealCursor(vault, connectionId, seq);
  if (Number.isNaN(seq) || !isEqualConstantTime(cursor, expected)) throw wrongCursor();
  return seq;
}

function wrongCursor(): AppError {
  return new AppError(422, "CURSOR", "Курсор не подходит. Запросите источники рекламы сначала, без курсора");
}
