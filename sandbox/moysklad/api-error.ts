/** Errors as the API answers them. Clients compare codes; the texts are the sandbox's own. */

export interface Problem {
  code?: number;
  error: string;
  parameter?: string;
  line?: number;
  column?: number;
  dependencies?: unknown[];
}

/** One refusal of one request, or of one item of an array; may name several problems. */
export class ApiError extends Error {
  readonly status: number;
  readonly problems: Problem[];
  constructor(problems: Problem[], status?: number) {
    super(problems.map(({ error }) => error).join("; "));
    this.problems = problems;
    this.status = status ?? statusOf(problems[0]?.code);
  }
}

export function refuse(code: number, error: string, parameter?: string): ApiError {
  return new ApiError([parameter === undefined ? { code, error } : { code, error, parameter }]);
}

export function toErrorBody(problems: Problem[]): { errors: object[] } {
  return {
    errors: problems.map((problem) => ({
      ...problem,
      ...(problem.code === undefined
        ? {}
        : { moreInfo: `https://dev.moysklad.ru/doc/api/remap/1.2/#error_${problem.code}` }),
    })),
  };
}

/** The families of reference §1.4; a code no source gives a status for falls into its thousand. */
const STATUSES: Record<number, number> = {
  1002: 404,
  1005: 412,
  1014: 412,
  1016: 403,
  1021: 404,
  1028: 409,
  1034: 412,
  1035: 412,
  1037: 415,
  1045: 403,
  1047: 412,
  1048: 401,
  1049: 429,
  1052: 412,
  1056: 401,
  1061: 403,
  1065: 412,
  1073: 429,
  1074: 503,
  2007: 413,
  14010: 403,
  55006: 403,
};

function statusOf(code: number | undefined): number {
  if (code === undefined) return 400;
  return STATUSES[code] ?? (code < 3_000 ? 400 : 412);
}
