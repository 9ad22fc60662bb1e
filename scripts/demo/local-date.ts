const TIME_ZONE = "Europe/Moscow";

/** As 1C writes dates: the wall clock of the base, no zone. */
export function createLocalDates(now: number): (minutesAgo: number) => string {
  const format = new Intl.DateTimeFormat("sv-SE", { timeZone: TIME_ZONE, dateStyle: "short", timeStyle: "medium" });
  return (minutesAgo) => format.format(now - minutesAgo * 60_000).replace(" ", "T");
}
