import { readFileSync } from "node:fs";
import http from "node:http";
import type { PlaneServer } from "../../support/planeServer.ts";
import { differences, fits, Ids } from "./compare.ts";

/** One recorded request and its answer. */
export interface Exchange {
  seq: number;
  case: string;
  actor: string;
  method: string;
  path: string;
  query: Record<string, string | number> | null;
  request_headers: Record<string, string>;
  request_body: unknown;
  status: number;
  response_headers: Record<string, string | string[]>;
  response_body: unknown;
}

/** What came of one exchange: empty if it matched. */
export interface Result {
  exchange: Exchange;
  differences: string[];
}

/** What a webhook's receiver got. */
export interface Delivery {
  path: string;
  body: string;
  headers: Record<string, unknown>;
}

interface LiveAnswer {
  status: number;
  headers: http.IncomingHttpHeaders;
  body: unknown;
}

const SELF_MADE = "abcdefghijklmnopqrstuvwxyzABCDEF";
const COMPARED = ["content-type", "allow", "vary", "cache-control"];
const PRESENT = ["x-ratelimit-remaining", "x-ratelimit-reset", "retry-after"];
const RECORDED_HOST = /(?<=https?:\/\/)127\.0\.0\.1:1800[01]/g;

/** The recordings of a real Plane 1.3.1, in order. */
export function recordings(): Exchange[] {
  return readFileSync(new URL("exchanges.jsonl", import.meta.url), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Exchange);
}

/** The recorded deliveries, header names in lower case. */
export function recordedDeliveries(): Delivery[] {
  return readFileSync(new URL("webhooks.jsonl", import.meta.url), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line))
    .filter(({ raw_body: body }) => body !== undefined)
    .map(({ path, raw_body: body, headers }) => ({
      path,
      body,
      headers: Object.fromEntries(
        Object.entries(headers as Record<string, string>).map(([name, value]) => [name.toLowerCase(), value]),
      ),
    }));
}

/** Sends recorded requests to live servers with the ids, cookies and tokens of this run, and compares. */
export class Replay {
  readonly #server: PlaneServer;
  readonly #variants: Record<string, PlaneServer>;
  readonly #ports: Record<string, number>;
  readonly #ids = new Ids();
  readonly #jars = new Map<string, Map<string, string>>();
  /** Token values by the recorded id of the token. */
  readonly #tokens = new Map<string, string>();
  readonly #firstToken = new Map<string, string>();
  readonly #passwords = new Map<string, string>();
  readonly #agent = new http.Agent({ keepAlive: true });

  /** `variants`: other servers by the part of an actor's name after `@`; `ports`: live ones by recorded one. */
  constructor(server: PlaneServer, variants: Record<string, PlaneServer>, ports: Record<string, number>) {
    this.#server = server;
    this.#variants = variants;
    this.#ports = ports;
  }

  close(): void {
    this.#agent.destroy();
  }

  /** Replays one exchange. */
  async run(exchange: Exchange): Promise<Result> {
    const live = await this.send(exchange);
    return { exchange, differences: this.#compare(exchange, live) };
  }

  /** Sends the request of an exchange and keeps what the answer gave: cookies and token values. */
  async send(exchange: Exchange): Promise<LiveAnswer> {
    const jar = this.#jar(exchange.actor);
    const headers = this.#headers(exchange, jar);
    const body = await this.#body(exchange, jar);
    const query = new URLSearchParams(
      Object.entries(exchange.query ?? {}).map(([name, value]): [string, string] => [
        name,
        this.#ids.translate(String(value)),
      ]),
    ).toString();
    const path = this.#ids.translate(exchange.path) + (query === "" ? "" : `?${query}`);
    const base = this.#variant(exchange).url;
    const live = await request(this.#agent, base, exchange.method, path, headers, body);
    for (const line of live.headers["set-cookie"] ?? []) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (/Max-Age=0/.test(line)) jar.delete(name);
      else jar.set(name, value);
    }
    const { token } = (live.body ?? {}) as { token?: string };
    const { id } = (exchange.response_body ?? {}) as { id?: string };
    if (/api-tokens\/$/.test(exchange.path) && token !== undefined && id !== undefined) {
      this.#tokens.set(id, token);
      if (!this.#firstToken.has(exchange.actor)) this.#firstToken.set(exchange.actor, token);
    }
    return live;
  }

  /** Gives an actor the cookies that another has now. */
  copyCookies(from: string, to: string): void {
    this.#jars.set(to, new Map(this.#jar(from)));
  }

  /** The live id for a recorded one. */
  id(recorded: string): string {
    return this.#ids.translate(recorded);
  }

  #variant({ actor, case: name }: Exchange): PlaneServer {
    const variant = name.startsWith("attachment.use-minio") ? "use-minio" : actor.split("@")[1];
    return this.#variants[variant ?? ""] ?? this.#server;
  }

  #host(exchange: Exchange): string {
    return new URL(this.#variant(exchange).url).host;
  }

  #jar(actor: string): Map<string, string> {
    const jar = this.#jars.get(actor) ?? new Map<string, string>();
    this.#jars.set(actor, jar);
    return jar;
  }

  #headers(exchange: Exchange, jar: Map<string, string>): Record<string, string> {
    const headers: Record<string, string> = { "user-agent": "iac-probe/1" };
    for (const [name, value] of Object.entries(exchange.request_headers)) {
      if (name === "cookie") {
        const cookies = value.split("; ").flatMap((pair) => {
          const cookie = pair.split("=")[0] ?? "";
          const kept = jar.get(cookie) ?? (cookie === "csrftoken" ? SELF_MADE : undefined);
          return kept === undefined ? [] : [`${cookie}=${kept}`];
        });
        headers[name] = cookies.join("; ");
      } else if (name === "x-api-key") headers[name] = this.#token(exchange);
      else if (name === "x-csrftoken") headers[name] = jar.get("csrftoken") ?? SELF_MADE;
      else headers[name] = value.replace(RECORDED_HOST, this.#host(exchange));
    }
    if (exchange.case === "accept.html") headers["accept"] = "text/html";
    return headers;
  }

  #token({ case: name, actor, seq }: Exchange): string {
    if (actor === "bad-token") return name.includes("garbage") ? "garbage" : `plane_api_${"0".repeat(32)}`;
    const special = SPECIAL_TOKENS[seq];
    const found =
      special === undefined ? this.#firstToken.get(actor.split("@")[0] ?? "") : this.#tokens.get(special);
    return found ?? "none";
  }

  async #body(exchange: Exchange, jar: Map<string, string>): Promise<string | undefined> {
    const { request_body: recorded, case: name } = exchange;
    if (recorded === null || recorded === undefined) return undefined;
    if (typeof recorded === "string") {
      const size = /^<([\d,]+) bytes>$/.exec(recorded)?.[1];
      return size === undefined ? recorded : "x".repeat(Number(size.replaceAll(",", "")));
    }
    const body = { ...(recorded as Record<string, unknown>) };
    if (body["csrfmiddlewaretoken"] === "<csrf>") {
      body["csrfmiddlewaretoken"] = jar.get("csrftoken") ?? SELF_MADE;
    }
    if (body["password"] === "<password>") body["password"] = this.#password(name, String(body["email"]));
    if (body["old_password"] === "<password>") Object.assign(body, this.#passwordChange(exchange));
    if (body["token"] === "<invite-jwt>") {
      const id = this.id(/invitations\/([^/]+)/.exec(exchange.path)?.[1] ?? "");
      const [row] = await this.#server.sql("SELECT token FROM workspace_member_invites WHERE id = $1", [id]);
      body["token"] = row?.["token"];
    }
    const translated = this.#ids.translate(this.#toLivePorts(JSON.stringify(body)));
    if (!exchange.request_headers["content-type"]?.includes("urlencoded")) return translated;
    return new URLSearchParams(JSON.parse(translated) as Record<string, string>).toString();
  }

  #password(name: string, email: string): string {
    if (name.includes("weak-password")) return "password";
    if (name.includes("wrong-password")) return "Not-The-Right-One-42";
    return this.#passwords.get(email) ?? "Grain-Falcon-77-Orbit";
  }

  #passwordChange({ case: name, actor }: Exchange): Record<string, string> {
    const email = `${actor}@javisi.test`;
    const old_password = name.endsWith("wrong-old") ? "Not-The-Right-One-42" : this.#password("", email);
    const new_password = name.endsWith(".back") ? "Grain-Falcon-77-Orbit" : "Copper-Lantern-31-Vivid";
    if (name === "user.change-password" || name.endsWith(".back")) this.#passwords.set(email, new_password);
    return { old_password, new_password };
  }

  #toLivePorts(text: string): string {
    return Object.entries(this.#ports).reduce(
      (all, [from, to]) => all.replaceAll(`:${from}/`, `:${to}/`),
      text,
    );
  }

  #toRecordedPorts(text: string): string {
    return Object.entries(this.#ports).reduce(
      (all, [to, from]) => all.replaceAll(`:${from}/`, `:${to}/`),
      text,
    );
  }

  #compare(exchange: Exchange, live: LiveAnswer): string[] {
    if (live.status !== exchange.status) {
      return [`status ${exchange.status} became ${live.status}: ${JSON.stringify(live.body)?.slice(0, 300)}`];
    }
    const found: string[] = [];
    for (const name of COMPARED) {
      const [recorded, now] = [exchange.response_headers[name], live.headers[name]];
      if (recorded !== now) found.push(`${name}: ${recorded} became ${now}`);
    }
    for (const name of PRESENT) {
      if (name in exchange.response_headers !== name in live.headers) found.push(`${name}: only on one side`);
    }
    const cookies = (live.headers["set-cookie"] ?? []).map((line) => line.split("=")[0]);
    if (String(cookies) !== String(exchange.response_headers["set-cookie"] ?? [])) {
      found.push(`set-cookie: ${exchange.response_headers["set-cookie"]} became ${cookies}`);
    }
    const location = exchange.response_headers["location"];
    if (location !== undefined) {
      const wanted = String(location).replace(RECORDED_HOST, this.#host(exchange));
      const now = live.headers.location ?? "";
      if (!fits(wanted, now, this.#ids)) found.push(`location: ${wanted} became ${now}`);
    }
    const now = JSON.parse(this.#toRecordedPorts(JSON.stringify(live.body ?? null)));
    const wanted = JSON.parse(
      JSON.stringify(exchange.response_body).replace(RECORDED_HOST, this.#host(exchange)),
    );
    return [...found, ...differences(wanted, now, this.#ids)];
  }
}

/** Requests that were made with another token than the actor's first: by the recorded id of the token. */
const SPECIAL_TOKENS: Record<number, string> = {
  185: "13777739-c785-4048-bc13-089c1422d8db",
  198: "a440b674-394f-45eb-845a-2e8e96008319",
  207: "d1d48ff6-1083-4e47-9690-d3dc70c97f07",
};

function request(
  agent: http.Agent,
  base: string,
  method: string,
  path: string,
  headers: Record<string, string>,
  body: string | undefined,
): Promise<LiveAnswer> {
  return new Promise((resolve, reject) => {
    const length = body === undefined ? {} : { "content-length": String(Buffer.byteLength(body)) };
    const outgoing = http.request(
      new URL(path, base),
      { method, agent, headers: { ...headers, ...length } },
      async (incoming) => {
        const text = Buffer.concat(await incoming.toArray()).toString("utf8");
        const isJson = incoming.headers["content-type"]?.includes("json") ?? false;
        const value: unknown = isJson && text !== "" ? JSON.parse(text) : text === "" ? null : text;
        resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: value });
      },
    );
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}
