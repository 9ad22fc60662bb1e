import type { Route } from "../http/route-table.ts";

export function nameOf({ method, path }: Route): string {
  return `${method} ${path}`;
}

/** The path with each parameter filled in by its name. */
export function fill(path: string, wordFor: (parameter: string) => string): string {
  return path.replace(/:(\w+)(\{[^}]*\})?/g, (_, parameter: string) => encodeURIComponent(wordFor(parameter)));
}
