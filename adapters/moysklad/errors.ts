/** How a request to MoySklad may end other than well. */
import * as z from "zod";
import type { ApiResult } from "../../src/adapter.ts";

/** The run cannot go on; `result` is what to tell the core. */
export class ApiStopError extends Error {
  readonly result: Exclude<ApiResult<never>, { kind: "done" }>;

  constructor(result: ApiStopError["result"], options?: ErrorOptions) {
    super(`the run stopped: ${result.kind}`, options);
    this.result = result;
  }
}

/** A 4xx that speaks of the request itself, not of the access or the limits. */
export class RefusedError extends Error {
  /** What was asked, from the base. */
  readonly path: string;
  readonly status: number;
  /** MoySklad's own, of all errors of the answer; texts are not to be relied on. */
  readonly codes: readonly number[];
  /** Names of the fields the errors speak of, of an order field the name the merchant gave it. */
  readonly parameters: readonly string[];

  constructor(path: string, status: number, { codes, parameters }: Problems) {
    super(`MoySklad refused the request: ${status}, ${codes.join(", ") || "no code"}`);
    this.path = path;
    this.status = status;
    this.codes = codes;
    this.parameters = parameters;
  }

  has(...codes: readonly number[]): boolean {
    return this.codes.some((code) => codes.includes(code));
  }
}

export interface Problems {
  codes: number[];
  parameters: string[];
}

const answer = z.object({
  errors: z.array(z.object({ code: z.int().nullish().catch(null), parameter: z.string().nullish().catch(null) })),
});

/** Of one answer, or of the answers to each item of a list. Undefined when the body tells of no error. */
export function toProblems(body: unknown): Problems | undefined {
  const items: readonly unknown[] = Array.isArray(body) ? body : [body];
  const errors = items.flatMap((item) => answer.safeParse(item).data?.errors ?? []);
  if (errors.length === 0) return undefined;
  return {
    codes: errors.flatMap(({ code }) => (typeof code === "number" ? [code] : [])),
    parameters: errors.flatMap(({ parameter }) => (parameter ? [parameter] : [])),
  };
}
