/** One request by Bun's fetch and no more than that. */

/**
 * On a connection used before, Bun repeats what is not a POST when it breaks off, past the slot taken for one request:
 * such a request gets a new one. And Bun unpacks an answer before anyone has asked for it, so that a few kilobytes fill
 * the memory: only gzip is asked for, and unpacked as it is read.
 */
export async function fetchOnce(request: Request): Promise<Response> {
  request.headers.set("accept-encoding", "gzip");
  const init = { decompress: false, ...(request.method === "POST" ? {} : { keepalive: false }) };
  const response = await fetch(request, init);
  const { status, headers, body } = response;
  if (body === null || headers.get("content-encoding")?.toLowerCase() !== "gzip") return response;
  return new Response(body.pipeThrough(new DecompressionStream("gzip")), { status, headers });
}
