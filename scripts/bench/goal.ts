/** A figure beside what it should be. Whether it is, is computed here and nowhere else. */

export interface Judged {
  figure: number;
  goal: string;
  met: boolean;
}

type Relation = "<" | "<=" | ">=";

/** The figure is judged as it was measured and rounded only to be shown. */
export function judge(figure: number, relation: Relation, limit: number, digits = 0): Judged {
  return { figure: round(figure, digits), goal: `${relation} ${limit}`, met: isMet(figure, relation, limit) };
}

function isMet(figure: number, relation: Relation, limit: number): boolean {
  switch (relation) {
    case "<":
      return figure < limit;
    case "<=":
      return figure <= limit;
    case ">=":
      return figure >= limit;
    default:
      return relation satisfies never;
  }
}

export function round(figure: number, digits = 0): number {
  return Number(figure.toFixed(digits));
}

/** Names of the figures that are not what they should be. */
export function toMissed(measured: object): string[] {
  return Object.entries(measured).flatMap(([name, value]) =>
    typeof value === "object" && value !== null && "met" in value && value.met === false ? [name] : [],
  );
}

/** By nearest rank: of thirty values the 99th percentile is the largest. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? Number.NaN;
}
