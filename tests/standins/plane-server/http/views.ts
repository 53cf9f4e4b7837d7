import { isDuplicate, one } from "../database.ts";
import { logJson } from "../log.ts";
import { form } from "./body.ts";
import { forgery, forgeryPage } from "./csrf.ts";
import { type Answer, type Context, json, path, type Request, type Route } from "./exchange.ts";
import { Failure, Invalid, Missing } from "./failure.ts";
import { sessionUser, type User } from "./sessions.ts";
import { countToken, tooMany } from "./throttle.ts";

/** What a handler gets besides the request. */
export interface Call extends Context {
  user: User;
}

export type View = (request: Request, call: Call) => Promise<Answer>;
type Views = Record<string, View>;
type Permission = (request: Request, call: Call) => Promise<boolean>;

const UNAUTHENTICATED = { detail: "Authentication credentials were not provided." };
const FORBIDDEN = { detail: "You do not have permission to perform this action." };

/** An endpoint of `/api/v1`: an API token, then the permission, then the token's rate limit, then the method. */
export function keyRoute(pattern: string, allow: string, permission: Permission, views: Views): Route {
  return {
    path: path(pattern),
    answer: async (request, context) => {
      const refused = refuseAccept(request, allow);
      if (refused !== undefined) return refused;
      const token = request.headers["x-api-key"];
      if (typeof token !== "string") return json(401, UNAUTHENTICATED, { allow, vary: "origin" });
      const owner = await tokenOwner(token, context);
      if (owner === undefined) {
        return json(403, { detail: "Given API token is not valid" }, { allow, vary: "origin" });
      }
      request.userId = owner.id;
      request.timezone = owner.user_timezone;
      const call = { ...context, user: owner };
      if (!(await permission(request, call))) return json(403, FORBIDDEN, { allow });
      const limit = owner.is_service ? perMinute(owner.allowed_rate_limit) : context.settings.apiKeyRateLimit;
      const allowance = await countToken(token, limit, context);
      if (!allowance.allowed) return withHeaders(tooMany(allowance), { allow });
      return withHeaders(await run(request, call, views, KEY_WORDS), {
        allow,
        "x-ratelimit-remaining": String(allowance.remaining),
        "x-ratelimit-reset": String(Math.floor(Date.now() / 1000) + 60),
      });
    },
  };
}

/** The same without a rate limit, as Plane's view sets of `/api/v1` are. */
export function unlimitedKeyRoute(
  pattern: string,
  allow: string,
  permission: Permission,
  views: Views,
): Route {
  return {
    path: path(pattern),
    answer: async (request, context) => {
      const token = request.headers["x-api-key"];
      if (typeof token !== "string") return json(401, UNAUTHENTICATED, { allow });
      const owner = await tokenOwner(token, context);
      if (owner === undefined) return json(403, { detail: "Given API token is not valid" }, { allow });
      request.userId = owner.id;
      request.timezone = owner.user_timezone;
      const call = { ...context, user: owner };
      if (!(await permission(request, call))) return json(403, FORBIDDEN, { allow });
      return withHeaders(await run(request, call, views, KEY_WORDS), { allow });
    },
  };
}

/** An endpoint of the session API. */
export function sessionRoute(pattern: string, allow: string, views: Views): Route {
  return {
    path: path(pattern),
    answer: async (request, context) => {
      const user = await sessionUser(request, context);
      if (user === undefined) return json(401, UNAUTHENTICATED, { allow });
      return withHeaders(await run(request, { ...context, user }, views, SESSION_WORDS), { allow });
    },
  };
}

/** An endpoint of the session API for administrators of the instance only. */
export function instanceRoute(pattern: string, allow: string, views: Views): Route {
  const guarded = Object.entries(views).map(([method, view]): [string, View] => [
    method,
    async (request, call) => {
      const admin = await one(call.database, "SELECT id FROM instance_admins WHERE user_id = $1", [
        call.user.id,
      ]);
      if (admin === undefined) throw new Failure(403, FORBIDDEN);
      return view(request, call);
    },
  ]);
  return sessionRoute(pattern, allow, Object.fromEntries(guarded));
}

/** An endpoint that anyone may call. */
export function openRoute(
  pattern: string,
  allow: string,
  views: Record<string, (request: Request, context: Context) => Promise<Answer>>,
): Route {
  return {
    path: path(pattern),
    answer: async (request, context) =>
      withHeaders(await run(request, context as Call, views, SESSION_WORDS), { allow }),
  };
}

/** A form that a browser posts: checked against forgery, answered with a redirect. */
export function formRoute(
  pattern: string,
  view: (fields: Map<string, string>, request: Request, context: Context) => Promise<Answer>,
): Route {
  return {
    path: path(pattern),
    answer: async (request, context) => {
      if (forgery(request, context) !== undefined) {
        return {
          status: 200,
          headers: { "content-type": "text/html; charset=utf-8" },
          body: forgeryPage(baseUrl(request, context)),
        };
      }
      return view(form(request), request, context);
    },
  };
}

/** Where redirects go: WEB_URL, or the host that was asked. */
export function baseUrl(request: Request, { settings }: Context): string {
  return settings.webUrl || `${request.secure ? "https" : "http"}://${request.headers.host ?? ""}`;
}

/** A redirect, with the values that Python would print: `False` for what is missing. */
export function redirect(url: string, query: Record<string, string | number | boolean> = {}): Answer {
  const text = new URLSearchParams(
    Object.entries(query).map(([name, value]): [string, string] => [name, python(value)]),
  ).toString();
  return {
    status: 302,
    headers: {
      "content-type": "text/html; charset=utf-8",
      location: text === "" ? url : `${url}?${text}`,
    },
  };
}

function python(value: string | number | boolean): string {
  if (typeof value !== "boolean") return String(value);
  return value ? "True" : "False";
}

interface Words {
  missing: string;
}

const KEY_WORDS: Words = { missing: "The requested resource does not exist." };
const SESSION_WORDS: Words = { missing: "The required object does not exist." };

async function run(request: Request, call: Call, views: Views, words: Words): Promise<Answer> {
  const view = views[request.method] ?? (request.method === "HEAD" ? views["GET"] : undefined);
  if (view === undefined) return json(405, { detail: `Method "${request.method}" not allowed.` });
  try {
    return await view(request, call);
  } catch (error) {
    return failed(error, words);
  }
}

function failed(error: unknown, words: Words): Answer {
  if (error instanceof Failure) return json(error.status, error.body);
  if (error instanceof Missing) return json(404, { error: words.missing });
  if (error instanceof Invalid) return json(400, { error: "Please provide valid detail" });
  if (isDuplicate(error) || (error as { code?: string }).code === "23503") {
    return json(400, { error: "The payload is not valid" });
  }
  logJson("plane.exception", "ERROR", (error as Error).stack ?? String(error));
  return json(500, { error: "Something went wrong please try again later" });
}

function withHeaders(answer: Answer, headers: Record<string, string>): Answer {
  return { ...answer, headers: { ...headers, ...answer.headers } };
}

function refuseAccept(request: Request, allow: string): Answer | undefined {
  const accept = request.headers.accept;
  if (accept === undefined || /\*\/\*|application\/(\*|json)/.test(accept)) return undefined;
  return json(406, { detail: "Could not satisfy the request Accept header." }, { allow });
}

interface Owner extends User {
  is_service: boolean;
  allowed_rate_limit: string;
}

function tokenOwner(token: string, { database }: Context): Promise<Owner | undefined> {
  return one<Owner>(
    database,
    `UPDATE api_tokens t SET last_used = clock_timestamp() FROM users
     WHERE t.token = $1 AND users.id = t.user_id AND t.is_active AND t.deleted_at IS NULL
       AND (expired_at IS NULL OR expired_at > now())
     RETURNING users.*, is_service, allowed_rate_limit`,
    [token],
  );
}

/** The number in `300/min`. */
function perMinute(rate: string): number {
  return Number(rate.split("/")[0]);
}
