/** What the sandbox keeps: entities of every kind in one shape, typed by the field tables of `kinds.ts`. */

export type Scalar = string | number | boolean;

export interface Reference {
  type: string;
  id: string;
}

/** A line inside an entity: a position or a contact person. Moments are epoch milliseconds. */
export interface Row {
  id: string;
  scalars: Readonly<Record<string, Scalar>>;
  references: Readonly<Record<string, Reference>>;
}

/** The part of a payment that belongs to one document. */
export interface Operation {
  target: Reference;
  linkedSum: number;
}

export interface Rate {
  currency: Reference;
  value: number;
}

/** Never changed in place: a change puts a new one under the same id. */
export interface Entity extends Row {
  type: string;
  createdAt: number;
  updatedAt: number;
  /** Since when it is in the recycle bin. */
  deletedAt: number | null;
  tags: readonly string[];
  rows: Readonly<Record<string, readonly Row[]>>;
  operations: readonly Operation[];
  rate: Rate | null;
  /** By the attribute's id. */
  attributes: Readonly<Record<string, Scalar | Reference>>;
}

/** A wanted change: what is absent stays, null clears. Rows, operations and tags are replaced as a whole. */
export interface Patch {
  scalars: Record<string, Scalar | null>;
  references: Record<string, Reference | null>;
  tags?: string[];
  rows: Record<string, Row[]>;
  operations?: Operation[];
  rate?: Rate;
  attributes: Record<string, Scalar | Reference | null>;
}

export function createPatch(parts: Partial<Patch> = {}): Patch {
  return { scalars: {}, references: {}, rows: {}, attributes: {}, ...parts };
}

export function isReference(value: Scalar | Reference): value is Reference {
  return typeof value === "object";
}

export function textOf(row: Row, name: string): string {
  const value = row.scalars[name];
  return typeof value === "string" ? value : "";
}

export function numberOf(row: Row, name: string): number {
  const value = row.scalars[name];
  return typeof value === "number" ? value : 0;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
