import type { IncomingMessage } from "node:http";
import type pg from "pg";
import type { Cache } from "../redis/cache.ts";
import type { Settings } from "../settings.ts";

/** What a route may use. */
export interface Context {
  settings: Settings;
  database: pg.Pool;
  cache: Cache;
}

export interface Request {
  method: string;
  path: string;
  headers: IncomingMessage["headers"];
  /** The caller's address: the first of X-Forwarded-For, as Django REST framework takes it. */
  address: string;
  /** Filled in by whoever recognises the caller; goes to the request log. */
  userId?: string;
}

export interface Answer {
  status: number;
  headers?: Record<string, string>;
  body?: string;
}

/** Methods and what answers them; the path is matched as a whole. */
export interface Route {
  path: RegExp;
  /** The Allow header, in the original's order. */
  allow: string;
  handlers: Record<string, (request: Request, context: Context) => Promise<Answer>>;
}

/** JSON as Django REST framework writes it. */
export function json(status: number, body: unknown, headers: Record<string, string> = {}): Answer {
  return { status, headers: { "content-type": "application/json", ...headers }, body: JSON.stringify(body) };
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
