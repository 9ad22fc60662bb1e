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
declare const process: { exit(code: number): never };

/** The port to serve on: the one asked for by `--port`, or the usual one. Ends the process with `help` when that is asked for, or an argument is unknown. */
export function readPort({ usual, min, help }: { usual: number; min: 0 | 1; help: string }): number {
  const args = Bun.argv.slice(2);
  if (args.length === 0) return usual;
  const [name, value] = args;
  const wanted = Number(value);
  const isPort =
    name === "--port" && args.length === 2 && Number.isInteger(wanted) && wanted >= min && wanted <= 65_535;
  if (isPort) return wanted;
  console.log(help);
  process.exit(args.length === 1 && name === "--help" ? 0 : 2);
}

/** Returns the address it is served at. Ends the process when the port is taken. */
export function serve(port: number, fetch: (request: Request) => Response | Promise<Response>): URL {
  try {
    // Longer than an injected hang: the client gives up, not the server.
    return Bun.serve({ hostname: "127.0.0.1", port, idleTimeout: 60, fetch: (request) => fetch(request) }).url;
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  }
}
