import type { z } from "zod";
import type { Access } from "./access.ts";
import { PlaneError, Refused, Unreachable } from "./errors.ts";
import { type HttpAnswer, type HttpRequest, send } from "./http.ts";
import { operation } from "./operation.ts";
import { type Patience, withRetries } from "./retry.ts";
import { type Resolved, type RouteName, type RouteParams, resolve } from "./routes.ts";
import { notAnAnswer, signIn } from "./session.ts";

interface Message<T> {
  query?: Record<string, string>;
  body?: unknown;
  /** What the caller uses of the answer; anything else in it is let through unseen. */
  answer: z.ZodType<T>;
}

interface Creation<T> extends Message<T> {
  /**
   * Looks for what the call makes. Asked before the call is repeated, since a request without an answer may have
   * been executed.
   */
  look: () => Promise<T | undefined>;
}

/**
 * Plane's HTTP API as one account. Calls are typed by {@link ROUTES}; answers are checked before they are used.
 * Every method throws Unreachable when no answer of Plane's came after all retries, Refused when Plane said no,
 * and PlaneError for an answer of another shape.
 */
export class PlaneClient {
  readonly access: Access;
  readonly #patience: Patience;

  constructor(access: Access, patience: Patience = "full") {
    this.access = access;
    this.#patience = patience;
  }

  /** A call that may be repeated: a GET, a PATCH, or a POST that does the same again. */
  call<Route extends RouteName, T>(
    route: Route,
    params: RouteParams<Route>,
    message: Message<T>,
  ): Promise<T> {
    return withRetries(() => this.#once(resolve(route, params), message), this.#patience);
  }

  /** A POST that makes something: before it is repeated, `look` says whether it has been made. */
  create<Route extends RouteName, T>(
    route: Route,
    params: RouteParams<Route>,
    message: Creation<T>,
  ): Promise<T> {
    let executed = false;
    return withRetries(async () => {
      const made = executed ? await message.look() : undefined;
      if (made !== undefined) return made;
      try {
        return await this.#once(resolve(route, params), message);
      } catch (error) {
        if (error instanceof Unreachable) executed ||= error.maybeExecuted;
        throw error;
      }
    }, this.#patience);
  }

  /** A DELETE; what is gone already is as good as deleted. */
  async remove<Route extends RouteName>(route: Route, params: RouteParams<Route>): Promise<void> {
    try {
      await withRetries(() => this.#once(resolve(route, params), undefined), this.#patience);
    } catch (error) {
      if (!(error instanceof Refused) || error.status !== 404) throw error;
    }
  }

  /** Only the status of a call: for a probe whose refusal is the answer. */
  async status<Route extends RouteName>(route: Route, params: RouteParams<Route>): Promise<number> {
    try {
      await withRetries(() => this.#once(resolve(route, params), undefined), this.#patience);
      return 200;
    } catch (error) {
      if (error instanceof Refused) return error.status;
      throw error;
    }
  }

  async #once<T>(target: Resolved, message: Message<T> | undefined): Promise<T> {
    const { method, path } = target;
    const answer = await send(this.access.url, {
      method,
      path,
      headers: await this.#identify(target),
      ...(message?.query === undefined ? {} : { query: message.query }),
      ...(message?.body === undefined ? {} : { json: message.body }),
    } satisfies HttpRequest);
    const call = `${method} ${path} as ${this.access.email}`;
    const body = bodyOf(call, answer);
    if (answer.status >= 300) throw refusal(call, answer, body);
    if (message === undefined) return undefined as T;
    const parsed = message.answer.safeParse(body);
    if (parsed.success) return parsed.data;
    const [issue] = parsed.error.issues;
    throw new PlaneError(
      `${call}: status ${answer.status}, but the answer is not what Plane 1.3.1 sends: ` +
        `${issue?.path.join(".") || "the whole"}: ${issue?.message}. Is this another version of Plane?`,
    );
  }

  async #identify({ authentication, method }: Resolved): Promise<Record<string, string>> {
    if (authentication === "token") {
      const { token, rateLimit, email, throughSite } = this.access;
      if (token === undefined) throw new PlaneError(`${email} has no API token yet`);
      await operation().turn(token, rateLimit);
      return throughSite === true ? { authorization: `Bearer ${token}` } : { "x-api-key": token };
    }
    if (authentication === "session" || authentication === "admin-session") {
      const { cookie, csrf } = await signIn(this.access, authentication, this.#patience);
      return method === "GET" ? { cookie } : { cookie, "x-csrftoken": csrf };
    }
    return {};
  }
}

/** The JSON of an answer; an answer that is not JSON is not Plane's, and neither is a 5xx a decision. */
function bodyOf(call: string, answer: HttpAnswer): unknown {
  if (answer.status === 204) return undefined;
  const isJson = (answer.headers.get("content-type") ?? "").includes("json");
  if (!isJson || answer.status >= 500 || answer.status === 429) throw notAnAnswer(call, answer);
  return JSON.parse(answer.text) as unknown;
}

function refusal(call: string, { status }: HttpAnswer, body: unknown): Refused {
  const words = JSON.stringify(body).slice(0, 400);
  const cause = likelyCause(status, words);
  return new Refused(`${call}: status ${status}, Plane says ${words}${cause && `. ${cause}`}`, status, body);
}

function likelyCause(status: number, words: string): string {
  if (words.includes("API token is not valid")) {
    return "The token was revoked or has expired, or its account was deactivated";
  }
  if (status === 401) return "The account is not signed in, or was signed out meanwhile";
  if (status === 403) return "The account is not a member there, or its role does not allow this";
  if (status === 404) return "It was deleted, or the account may not see it";
  return "";
}
