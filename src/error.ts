/** What the HTTP caller is told: a stable Latin code, a short Russian sentence that says what to do, and a status. */
export class AppError extends Error {
  override name = "AppError";
  readonly code: string;
  readonly status: 400 | 401 | 403 | 404 | 405 | 409 | 413 | 415 | 422 | 429 | 500 | 503;
  /** Said in the header and, for clients that never read headers, in the body. */
  readonly retryAfterSeconds: number | undefined;
  constructor(
    status: AppError["status"],
    code: string,
    message: string,
    options?: { cause?: unknown; retryAfterSeconds?: number },
  ) {
    super(message, options);
    this.retryAfterSeconds = options?.retryAfterSeconds;
    this.status = status;
    this.code = code;
  }
}
