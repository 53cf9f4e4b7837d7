import { once } from "node:events";
import http, { type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What happens to a file: it is answered so, the connection is cut before the store has it, or after that. */
export type StoreFault = "500" | "403" | "cut" | "lost";

/** A way to the object store on which the first requests go wrong. */
export class FaultyStore {
  readonly url: string;
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  /** @param times how many requests go wrong; the ones after them go through. */
  static async open(store: string, fault: StoreFault, times: number): Promise<FaultyStore> {
    let left = times;
    const server = http.createServer((request, response) => {
      left -= 1;
      if (left < 0) return pass(store, request, response);
      if (fault === "lost") return pass(store, request, response, () => request.socket.destroy());
      if (fault === "cut") return void request.once("data", () => request.socket.destroy());
      request.resume().once("end", () => response.writeHead(Number(fault)).end("<Error/>"));
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return new FaultyStore(server);
  }

  async close(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, "close");
  }
}

/** @param instead of passing the answer on. */
function pass(store: string, request: IncomingMessage, response: ServerResponse, instead?: () => void): void {
  const { method, headers, url = "/" } = request;
  const onward = http.request(new URL(url, store), { method, headers }, (answer) => {
    if (instead !== undefined) {
      answer.resume().once("end", instead);
      return;
    }
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  request.pipe(onward);
}
