const WORDS = {
  accepted: "принято",
  done: "выполнено",
  unchanged: "без изменений",
  skipped: "пропущено",
  stale: "устарело",
  pending: "ещё выполняется",
  exists: "есть в Calltouch",
  deleted: "удалено в Calltouch",
  absent: "нет в Calltouch",
  unknown: "неизвестно",
  error: "ошибок",
};

/** How many fared how, in the order in which that first happened. */
export function summarise(results: readonly { result: keyof typeof WORDS }[]): string {
  const counts = new Map<keyof typeof WORDS, number>();
  for (const { result } of results) counts.set(result, (counts.get(result) ?? 0) + 1);
  const text = [...counts].map(([result, count]) => `${WORDS[result]} ${count}`).join(", ");
  return text === "" ? "Документов нет" : text.charAt(0).toUpperCase() + text.slice(1);
}
