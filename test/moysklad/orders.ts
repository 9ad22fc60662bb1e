/** Orders as MoySklad's API gives them, for tests of what the bridge makes of them. */
import { document, type MoyskladDocument } from "../../adapters/moysklad/document.ts";
import { settings } from "../../adapters/moysklad/settings.ts";
import { toDeal } from "../../adapters/moysklad/to-deal.ts";
import type { Fold } from "../../src/adapter.ts";

export const ORDER_ID = "7a10c0de-0000-11f1-0a80-000000000042";
export const OTHER_ID = "7a10c0de-0000-11f1-0a80-000000000043";
export const MINUTE_MS = 60_000;

export const STATES = {
  new: stateOf(51, "Новый", "Regular"),
  confirmed: stateOf(52, "Подтверждён", "Regular"),
  done: stateOf(54, "Выполнен", "Successful"),
  refused: stateOf(55, "Отменён покупателем", "Unsuccessful"),
};

/** 2026-11-20 12:29:47 in Moscow. */
export const LEAD_AT = Date.UTC(2026, 10, 20, 9, 29, 47);

/** An order made for a call and not touched since. */
export function rawOrder(patch: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    id: ORDER_ID,
    name: "00042",
    moment: "2026-11-20 12:29:00.000",
    created: "2026-11-20 12:31:02.417",
    updated: "2026-11-20 12:31:02.417",
    externalCode: "ct:call:700112233",
    sum: 0,
    payedSum: 0,
    shippedSum: 0,
    state: STATES.new,
    agent: { name: "Ким Светлана", phone: "8 (900) 222-33-44", email: "kim@example.com" },
    leadAt: LEAD_AT,
    isInitialState: true,
    stateAt: LEAD_AT,
    ...patch,
  };
}

/** An order somebody entered by hand. */
export function handOrder(patch: Record<string, unknown> = {}): Record<string, unknown> {
  return rawOrder({ externalCode: "kX1ZlQ9Fh0y3pO2s", leadAt: null, isInitialState: false, stateAt: null, ...patch });
}

export function parseOrder(patch: Record<string, unknown> = {}): MoyskladDocument {
  return document.parse(rawOrder(patch));
}

export function foldOrder(raw: Record<string, unknown>, set: Record<string, unknown> = {}): Fold {
  return toDeal([document.parse(raw)], { settings: settings.parse(set) });
}

/** @throws when it is none, so that a test fails on the reason. */
export function dealOf(raw: Record<string, unknown>, set: Record<string, unknown> = {}) {
  const fold = foldOrder(raw, set);
  if (fold.kind !== "deal") throw new Error(`no deal: ${JSON.stringify(fold)}`);
  return { ...fold.deal, hold: fold.hold, warnings: fold.warnings };
}

function stateOf(number: number, name: string, stateType: string) {
  return { id: `7a10c0de-0000-11f1-0a80-0000000000${number}`, name, stateType };
}
