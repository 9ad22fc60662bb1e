/** Which document speaks for the deal, and what it says: table 2 of the assignment and its items 10 and 11. */
import type { FoldContext, Notice } from "../../src/adapter.ts";
import { isSame } from "../onec/text.ts";
import { type AlfaAutoDocument, isAppointment } from "./document.ts";
import type { AlfaAutoSettings } from "./settings.ts";

/** What one document says about the deal. */
export interface State {
  document: AlfaAutoDocument;
  /** Null when the document is silent: its state is empty or left out by the settings. */
  status: string | null;
  statusAt: number;
  enteredAt: number;
  deleted: boolean;
  /** By its state or by its deletion mark. */
  refused: boolean;
  closed: boolean;
}

export function toState(document: AlfaAutoDocument, context: FoldContext<AlfaAutoSettings>): State {
  const { settings, toInstant } = context;
  const deleted = document.deleted && settings.deleted !== "ignore";
  const status = deleted ? settings.refusedStatus : toStatus(document, settings);
  const refused = status !== null && isSame(status, settings.refusedStatus);
  const { statusDate, changedAt, date } = document;
  // A deletion mark changes the document, not the date of its state.
  const dates = deleted ? [statusDate, changedAt] : [statusDate ?? changedAt];
  const known = dates.filter((each) => each !== null);
  return {
    document,
    status,
    statusAt: Math.max(...(known.length > 0 ? known : [date]).map(toInstant)),
    enteredAt: toInstant(date),
    deleted,
    refused,
    closed: status !== null && isSame(status, settings.closedStatus),
  };
}

function toStatus(document: AlfaAutoDocument, settings: AlfaAutoSettings): string | null {
  const { status } = document;
  if (status === null) return null;
  const { refusedStatus, closedStatus } = settings;
  const table = [
    ...Object.entries(settings.statuses),
    ["Отказ от заезда", refusedStatus] as const,
    ...(isAppointment(document)
      ? (["Предварительная заявка", "Подтвержденная заявка"] as const).map((same) => [same, same] as const)
      : [["Закрыт", closedStatus] as const]),
  ];
  const found = table.find(([state]) => isSame(state, status));
  return found?.[1] ?? (settings.unknownStatus === "pass" ? status : null);
}

/**
 * The state that gives the deal its status, or null when no document speaks. Work orders silence their appointment; a deal
 * is refused only when all of them are, and closed only when none that speaks is still open.
 */
export function speakingState(appointment: State | null, orders: readonly State[]): State | null {
  if (orders.every((order) => order.refused) && orders.length > 0) return latest(orders);
  const speaking = orders.filter((order) => !order.refused && order.status !== null);
  const state = latest(speaking.filter((order) => !order.closed)) ?? latest(speaking);
  if (state) return state;
  // Work orders that are all silent leave the deal where its appointment put it.
  if (appointment === null || appointment.status === null) return null;
  return orders.length === 0 || !appointment.refused ? appointment : null;
}

/** Why no document speaks. */
export function toSilence(states: readonly State[]): Notice {
  const unknown = states.find(({ document }) => document.status);
  if (!unknown) {
    return {
      code: "NO_STATUS",
      message: "В документах сделки не заполнено состояние. Заполните его и отправьте документ ещё раз",
    };
  }
  return {
    code: "STATUS_IGNORED",
    message: `Состояние «${unknown.document.status}» не передаётся: его нет в соответствии статусов. Сделка ждёт другого состояния`,
  };
}

function latest(states: readonly State[]): State | null {
  return states.reduce<State | null>((last, each) => (last === null || isLater(each, last) ? each : last), null);
}

function isLater(left: State, right: State): boolean {
  if (left.statusAt !== right.statusAt) return left.statusAt > right.statusAt;
  return left.document.guid > right.document.guid;
}
