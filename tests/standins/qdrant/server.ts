import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/**
 * What Qdrant says of its own health: its documented routes (API reference, "Service"), which need no key.
 * Qdrant itself is neither on PyPI and npm nor among Debian's packages.
 */
const ANSWERS: Record<string, string> = {
  "/healthz": "healthz check passed",
  "/livez": "healthz check passed",
  "/readyz": "all shards are ready",
};

/** Stands in for a Qdrant whose health is asked for. */
export class Qdrant {
  readonly #server: Server = createServer((request, response) => {
    const text = ANSWERS[request.url ?? ""];
    if (text === undefined) response.writeHead(404).end();
    else response.writeHead(200, { "content-type": "text/plain; charset=utf-8" }).end(text);
  });

  /** @param address of this machine; containers reach the one of their network's bridge. */
  static async start(address = "127.0.0.1"): Promise<Qdrant> {
    const qdrant = new Qdrant();
    qdrant.#server.listen(0, address);
    await once(qdrant.#server, "listening");
    return qdrant;
  }

  get url(): string {
    const { address, port } = this.#server.address() as AddressInfo;
    return `http://${address}:${port}`;
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}
