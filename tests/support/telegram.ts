import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { telegramText } from "./telegramHtml.ts";

/** A call of the Bot API, as it came. */
export interface TelegramCall {
  method: string;
  chat: string;
  html: string;
  message: number;
  at: number;
}

/**
 * Telegram's Bot API as its documentation has it, as far as messages go: it refuses markup that it cannot parse, and an
 * edit that changes nothing. It can be away, or have too much to do.
 */
export class Telegram {
  readonly #server: Server;
  #sent = 0;
  readonly calls: TelegramCall[] = [];
  /** What it said of what it did not take. */
  readonly refused: string[] = [];
  /** What is shown now, by id; a person deletes what is taken out of it. */
  readonly shown = new Map<number, string>();
  /** `down` gives no answer, `busy` 429, `broken` 502. */
  mood: "well" | "down" | "busy" | "broken" = "well";
  /** Seconds that it asks for when it is busy. */
  retryAfter = 1;
  /** A chat that has blocked the bot. */
  blockedBy = "";
  static readonly TOKEN = "4242:token-of-a-test-bot";

  private constructor() {
    this.#server = createServer((request, response) => void this.#answer(request, response));
  }

  static async start(address = "127.0.0.1"): Promise<Telegram> {
    const telegram = new Telegram();
    telegram.#server.listen(0, address);
    await once(telegram.#server, "listening");
    return telegram;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** What was taken, in order. */
  get texts(): string[] {
    return this.calls.map(({ html }) => html);
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    if (this.mood === "down") return void request.socket.destroy();
    const say = (status: number, body: object) =>
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    const refuse = (status: number, description: string, more: object = {}) => {
      this.refused.push(description);
      say(status, { ok: false, error_code: status, description, ...more });
    };
    if (this.mood === "busy")
      return void refuse(429, `Too Many Requests: retry after ${this.retryAfter}`, {
        parameters: { retry_after: this.retryAfter },
      });
    if (this.mood === "broken") return void response.writeHead(502).end("<html>Bad Gateway</html>");
    const method = request.url?.split("/").at(-1) ?? "";
    if (request.url !== `/bot${Telegram.TOKEN}/${method}`) return void refuse(401, "Unauthorized");
    const body = JSON.parse(Buffer.concat(chunks).toString() || "{}") as Record<string, unknown>;
    if (String(body["chat_id"]) === this.blockedBy)
      return void refuse(403, "Forbidden: bot was blocked by the user");
    const html = String(body["text"] ?? "");
    try {
      const text = telegramText(html);
      if (text.length > 4096) return void refuse(400, "Bad Request: message is too long");
      if (text.trim() === "") return void refuse(400, "Bad Request: message text is empty");
    } catch (error) {
      return void refuse(400, `Bad Request: ${(error as Error).message}`);
    }
    const isEdit = method === "editMessageText";
    const message = isEdit ? Number(body["message_id"]) : ++this.#sent;
    if (isEdit && !this.shown.has(message)) return void refuse(400, "Bad Request: message to edit not found");
    if (isEdit && this.shown.get(message) === html)
      return void refuse(400, "Bad Request: message is not modified");
    this.shown.set(message, html);
    this.calls.push({ method, chat: String(body["chat_id"]), html, message, at: Date.now() });
    // Telegram takes a chat's id as text too, and answers with a number.
    const id = Number(body["chat_id"]);
    say(200, {
      ok: true,
      result: { message_id: message, chat: { id: Number.isNaN(id) ? body["chat_id"] : id }, text: html },
    });
  }
}
