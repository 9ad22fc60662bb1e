/** As much of Cloudflare's own modules as the smoke tests use; the full types would change the globals of the whole project. */
declare module "cloudflare:workers" {
  /** The bindings of vitest.workers.config.ts. */
  export const env: Record<string, string>;
  export const exports: { default: { fetch(request: Request): Promise<Response> } };
}

declare module "cloudflare:test" {
  interface ExecutionContext {
    waitUntil(promise: Promise<unknown>): void;
  }
  export function createExecutionContext(): ExecutionContext;
  /** Resolves when everything given to `waitUntil` has. */
  export function waitOnExecutionContext(context: ExecutionContext): Promise<void>;
}
