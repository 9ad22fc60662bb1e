/** Where an order stands: its status in Calltouch, since when, and what the switched-off flows hold back. Pure. */
import type { Hold, Notice } from "../../src/adapter.ts";
import { isFinal, isFromLead, type MoyskladDocument, type OrderState, toInstant } from "./document.ts";
import type { MoyskladSettings } from "./settings.ts";

export type Standing = { status: string; at: number; hold?: Hold } | { skipped: Notice };

const UPDATES_OFF: Notice = {
  code: "UPDATES_OFF",
  message: "Изменения заказов не передаются: включите настройку flows.updates",
};
const COMPLETION_OFF: Notice = {
  code: "COMPLETION_OFF",
  message: "Завершённые заказы не передаются: включите настройку flows.completion",
};

/** `enteredAt`: the date of the deal. */
export function toStanding(document: MoyskladDocument, settings: MoyskladSettings, enteredAt: number): Standing {
  const { flows } = settings;
  const { state, deleted } = document;
  const at = document.stateAt ?? toInstant(document.updated);
  if (deleted !== null && (flows.updates || flows.completion)) {
    return { status: settings.deletedStatus, at: toInstant(deleted) };
  }
  if (!isFinal(state)) {
    const open = toOpen(document, state, at, settings, enteredAt);
    return flows.updates ? open : { ...open, hold: { notice: UPDATES_OFF } };
  }
  if (flows.completion) return { status: toFinalStatus(state, settings), at };
  // The deal stays as open as it was; an order that was never seen open has no deal to leave so.
  if (document.openState === null && !isFromLead(document)) return { skipped: COMPLETION_OFF };
  const before = document.openState ?? { state: null, at: enteredAt };
  return {
    ...toOpen(document, before.state, before.at, settings, enteredAt),
    hold: { notice: COMPLETION_OFF },
  };
}

/** Where updates are off, an open deal is as it was made. */
function toOpen(
  document: MoyskladDocument,
  state: OrderState | null,
  at: number,
  settings: MoyskladSettings,
  enteredAt: number,
): { status: string; at: number } {
  const isInitial = document.isInitialState ?? (document.leadAt !== null && !isFinal(document.state));
  if (isInitial && isFromLead(document)) return { status: settings.pendingStatus, at: enteredAt };
  const own = state && (settings.states[state.id] ?? state.name);
  return { status: (settings.flows.updates && own) || settings.pendingStatus, at };
}

/** What the settings say of the very state goes before what they say of all final ones. */
function toFinalStatus(state: OrderState | null, settings: MoyskladSettings): string {
  const { states, completedStatus, failedStatus, deletedStatus } = settings;
  if (state === null) return completedStatus;
  const general = state.stateType === "Successful" ? completedStatus : (failedStatus ?? state.name ?? deletedStatus);
  return states[state.id] ?? general;
}
