/** Why what is accepted does not travel on at once, in the words of whoever reads the ERP's log. */
import { toWallClock } from "../zone.ts";

interface PausedAccount {
  pause: string | null;
  pausedUntil: number;
}

const REASONS: Record<string, string> = {
  points: "Баллы API Calltouch исчерпаны",
  unauthorized: "Calltouch не принимает токен учётной записи, сообщите администратору моста",
  limited: "Calltouch просит подождать",
  transport: "Calltouch временно не отвечает",
};

/** Empty when nothing waits. */
export function pauseNotice({ pause, pausedUntil }: PausedAccount, now: number, timeZone: string): { notice?: string } {
  if (pause === null || pausedUntil <= now) return {};
  const { hour, minute } = toWallClock(pausedUntil + 59_999, timeZone);
  const time = `${String(hour).padStart(2, "0")}:${String(minute).padStart(2, "0")}`;
  return {
    notice: `${REASONS[pause] ?? "Передача приостановлена"}. Документы принимаются, передача возобновится в ${time}`,
  };
}
