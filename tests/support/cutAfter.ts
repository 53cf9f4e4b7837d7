import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/**
 * Stands before a server, and after so many requests loses each answer, as when whoever asked is killed: the request
 * that crosses the line is still carried out.
 */
export class CutAfter {
  readonly #server: Server;
  #left = 0;

  private constructor(target: string) {
    this.#server = createServer((request, response) => void this.#pass(target, request, response));
  }

  static async start(target: string): Promise<CutAfter> {
    const cut = new CutAfter(target);
    cut.#server.listen(0, "127.0.0.1");
    await once(cut.#server, "listening");
    return cut;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** This many answers from now on; the next one is lost, and what comes then gets no answer and does nothing. */
  allow(answers: number): void {
    this.#left = answers;
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  async #pass(target: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const left = this.#left--;
    if (left < 0) return void request.socket.destroy();
    const answer = await fetch(`${target}${request.url}`, {
      method: request.method ?? "GET",
      headers: Object.entries(request.headers).flatMap(([name, value]): [string, string][] =>
        ["host", "connection", "content-length"].includes(name) || typeof value !== "string"
          ? []
          : [[name, value]],
      ),
      ...(chunks.length > 0 && { body: Buffer.concat(chunks) }),
    });
    const body = Buffer.from(await answer.arrayBuffer());
    if (left === 0) return void request.socket.destroy();
    response.writeHead(answer.status, { "content-type": answer.headers.get("content-type") ?? "text/plain" });
    response.end(body);
  }
}
