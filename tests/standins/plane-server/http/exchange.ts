import type { IncomingMessage } from "node:http";
import type pg from "pg";
import type { Broker } from "../redis/broker.ts";
import type { Cache } from "../redis/cache.ts";
import type { Settings } from "../settings.ts";

/** What a route may use. */
export interface Context {
  settings: Settings;
  database: pg.Pool;
  cache: Cache;
  broker: Broker;
}

export interface Request {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: IncomingMessage["headers"];
  cookies: Map<string, string>;
  body: Buffer;
  /** The named parts of the route's path. */
  params: Record<string, string>;
  /** The caller's address: the first of X-Forwarded-For, as Django REST framework takes it. */
  address: string;
  /** The proxy in front was reached by https. */
  secure: boolean;
  /** The time zone in which this caller gets times. */
  timezone: string;
  /** Filled in by whoever recognises the caller; goes to the request log. */
  userId?: string;
  /** Names of cookies that the answer takes back: their sessions are gone. */
  staleCookies: string[];
}

export interface Answer {
  status: number;
  headers?: Record<string, string>;
  cookies?: string[];
  body?: string;
}

export type Handler = (request: Request, context: Context) => Promise<Answer>;

/** One path, matched as a whole, and what answers there. */
export interface Route {
  path: RegExp;
  answer: Handler;
}

const UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";

/** A path in Django's notation: `<slug>` matches one segment, `<uuid:pk>` a UUID in lower case. */
export function path(pattern: string): RegExp {
  const source = pattern.replace(/<(uuid:)?(\w+)>/g, (_, uuid, name) =>
    uuid === undefined ? `(?<${name}>[^/]+)` : `(?<${name}>${UUID})`,
  );
  return new RegExp(`^${source}$`);
}

/** JSON as Django REST framework writes it. */
export function json(status: number, body: unknown, headers: Record<string, string> = {}): Answer {
  return { status, headers: { "content-type": "application/json", ...headers }, body: JSON.stringify(body) };
}

/** 204 and nothing. */
export function nothing(): Answer {
  return { status: 204 };
}

/** JSON as Django itself writes it: a blank after each colon and comma. Flat objects only. */
export function plainJson(status: number, body: Record<string, string>): Answer {
  const fields = Object.entries(body).map(
    ([name, value]) => `${JSON.stringify(name)}: ${JSON.stringify(value)}`,
  );
  return {
    status,
    headers: { "content-type": "application/json", vary: "Cookie, origin" },
    body: `{${fields.join(", ")}}`,
  };
}
