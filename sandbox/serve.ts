/** Serves a sandbox on a port of this machine, for integrators without a test account. Runs with Bun. */

/** What is used of Bun here; the rest of the sandboxes knows no runtime. */
declare const Bun: {
  argv: string[];
  serve(options: {
    hostname: string;
    port: number;
    idleTimeout: number;
    fetch(request: Request): Response | Promise<Response>;
  }): { url: URL };
};

/**
 * The port to serve on: the one asked for by `--port`, or the usual one. Null when help is wanted: asked for, or the
 * arguments make no sense.
 */
export function readPort({ usual, min }: { usual: number; min: 0 | 1 }): number | null {
  const args = Bun.argv.slice(2);
  if (args.length === 0) return usual;
  const [name, value] = args;
  const wanted = Number(value);
  const isPort =
    name === "--port" && args.length === 2 && Number.isInteger(wanted) && wanted >= min && wanted <= 65_535;
  return isPort ? wanted : null;
}

/** Returns the address it is served at. */
export function serve(port: number, fetch: (request: Request) => Response | Promise<Response>): URL {
  // Longer than an injected hang: the client gives up, not the server.
  return Bun.serve({ hostname: "127.0.0.1", port, idleTimeout: 60, fetch: (request) => fetch(request) }).url;
}
