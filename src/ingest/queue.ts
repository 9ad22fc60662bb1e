/** Requests of one connection that arrive together, or while another is being stored, are stored by one commit. */
import type { Platform } from "../platform.ts";
import { type IngestDependencies, type IngestRequest, ingest } from "./ingest.ts";
import type { DocumentResult } from "./result.ts";

/** Documents in one commit: as many as one request may bring. */
const GROUP_DOCUMENTS_MAX = 100;

interface Waiting {
  request: IngestRequest;
  resolve: (results: DocumentResult[]) => void;
  reject: (reason: unknown) => void;
}

/** The same as `ingest` for each request, results and errors included. */
export function createIngestQueue(
  dependencies: IngestDependencies & { platform: Pick<Platform, "arrivals"> },
): (request: IngestRequest) => Promise<DocumentResult[]> {
  const queues = new Map<string, Waiting[]>();

  async function drain(name: string, queue: Waiting[]): Promise<void> {
    while (queue.length > 0) {
      // A commit stops the process: what came meanwhile is still at its sockets, and would be a commit of its own.
      if (dependencies.platform.arrivals) await dependencies.platform.arrivals();
      await storeTogether(takeGroup(queue));
    }
    queues.delete(name);
  }

  async function storeTogether(group: readonly Waiting[]): Promise<void> {
    const last = group.at(-1);
    if (!last) return;
    const documents = group.flatMap(({ request }) => request.documents);
    try {
      const results = await ingest(dependencies, { ...last.request, documents });
      let first = 0;
      for (const { request, resolve } of group) {
        const own = results.slice(first, first + request.documents.length);
        resolve(own.map((result, index) => ({ ...result, index })));
        first += request.documents.length;
      }
    } catch (error) {
      if (group.length === 1) return last.reject(error);
      // What one request breaks must not be answered to the others.
      for (const one of group) await storeTogether([one]);
    }
  }

  return (request) =>
    new Promise((resolve, reject) => {
      const name = `${request.connection.id} ${request.isManual}`;
      const queue = queues.get(name);
      if (queue) {
        queue.push({ request, resolve, reject });
        return;
      }
      const opened = [{ request, resolve, reject }];
      queues.set(name, opened);
      void drain(name, opened);
    });
}

/** The longest run from the front that fits into one commit; at least one request. */
function takeGroup(queue: Waiting[]): Waiting[] {
  let count = 0;
  let size = 0;
  for (const { request } of queue) {
    size += request.documents.length;
    if (count > 0 && size > GROUP_DOCUMENTS_MAX) break;
    count += 1;
  }
  return queue.splice(0, count);
}
