/** The `filter` parameter of a list. Pure. */

export type Operator = "=" | "!=" | ">" | "<" | ">=" | "<=" | "~" | "~=" | "=~";
export type Condition = readonly [field: string, operator: Operator, value: string];

/**
 * Repeated `=` on one field means "any of", conditions on different fields "all of". The text is not yet encoded.
 * @throws Error for a value with a backslash: MoySklad has no way to write one.
 */
export function toFilter(conditions: readonly Condition[]): string {
  return conditions
    .map(([field, operator, value]) => {
      if (value.includes("\\")) throw new Error(`a backslash in a filter by ${field}`);
      return `${field}${operator}${value.replaceAll(";", "\\;")}`;
    })
    .join(";");
}

/** A query in which a space is `%20` and a plus `%2B`: a bare plus would be read as a space. */
export function toQuery(parameters: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(parameters).map(
    ([name, value]) => `${name}=${encodeURIComponent(value.toWellFormed())}`,
  );
  return pairs.length === 0 ? "" : `?${pairs.join("&")}`;
}
