import { randomBytes } from "node:crypto";
import type { Access } from "./access.ts";
import { SignInRefused, Unreachable } from "./errors.ts";
import { type HttpAnswer, send } from "./http.ts";
import { operation } from "./operation.ts";
import { type Patience, withRetries } from "./retry.ts";
import { type RouteName, resolve } from "./routes.ts";

/** A signed-in account: the Cookie header, and the CSRF token that some writes want back. */
export interface Session {
  cookie: string;
  csrf: string;
}

/** The two kinds of session: of a person, and of the instance's administration, valid below `/api/instances/`. */
export type SessionKind = "session" | "admin-session";

const ROUTE = { session: "auth.signIn", "admin-session": "instance.signIn" } as const;

/**
 * Signs in with e-mail and password, once per operation.
 * @throws SignInRefused with Plane's code.
 */
export function signIn(access: Access, kind: SessionKind, patience: Patience = "full"): Promise<Session> {
  return operation().once(nameOf(access, kind), () =>
    withRetries(() => submit(access, ROUTE[kind], credentials(access)), patience),
  );
}

/** A form that makes an account is not repeated blindly: a lost answer shows in that the sign-in works. */
export async function signUp(
  access: Access,
  kind: SessionKind,
  fields: Record<string, string>,
): Promise<Session> {
  const route = kind === "session" ? "auth.signUp" : "instance.signUp";
  const session = await withRetries(async (attempt) => {
    if (attempt > 1) {
      const existing = await submit(access, ROUTE[kind], credentials(access)).catch((error: unknown) => {
        if (error instanceof SignInRefused) return undefined;
        throw error;
      });
      if (existing !== undefined) return existing;
    }
    return submit(access, route, { ...credentials(access), ...fields });
  }, "full");
  return operation().once(nameOf(access, kind), async () => session);
}

/** After a change of password the old session is of no use. */
export function forgetSession(access: Access): void {
  for (const kind of ["session", "admin-session"] as const) operation().forget(nameOf(access, kind));
}

function credentials({ email, password }: Access): Record<string, string> {
  return { email, password };
}

function nameOf({ url, email, password }: Access, kind: SessionKind): string {
  return JSON.stringify([kind, url, email, password]);
}

/** Posts a form; only a 302 without `error_code` is success (contracts/plane). */
async function submit(access: Access, route: RouteName, fields: Record<string, string>): Promise<Session> {
  const { method, path } = resolve(route, {} as never);
  const made = randomBytes(16).toString("hex");
  const answer = await send(access.url, {
    method,
    path,
    headers: { cookie: `csrftoken=${made}` },
    form: { ...fields, csrfmiddlewaretoken: made },
  });
  const call = `${method} ${path} as ${access.email}`;
  if (answer.status === 302) {
    refuseErrorCode(call, answer);
    const cookies = answer.headers.getSetCookie().map((line) => line.split(";")[0] ?? "");
    const csrf = cookies.find((cookie) => cookie.startsWith("csrftoken="))?.slice("csrftoken=".length);
    return { cookie: cookies.join("; "), csrf: csrf ?? made };
  }
  if (answer.status === 200 && answer.text.includes("csrf")) {
    throw new SignInRefused(
      `${call}: Plane turned the form down as coming from another site. Is plane:url the address that Plane is served under?`,
      "CSRF_FAILED",
    );
  }
  throw notAnAnswer(call, answer);
}

function refuseErrorCode(call: string, answer: HttpAnswer): void {
  const location = new URL(answer.headers.get("location") ?? "/", "http://plane");
  const number = location.searchParams.get("error_code");
  if (number === null) return;
  const code = location.searchParams.get("error_message") ?? number;
  // Anonymous calls share 30 a minute per address.
  if (code === "RATE_LIMIT_EXCEEDED") throw new Unreachable(`${call}: ${code}`, { maybeExecuted: false });
  throw new SignInRefused(`${call}: Plane answered ${code} (${number})`, code);
}

/** What is not one of Plane's answers comes from something in front of it. */
export function notAnAnswer(call: string, { status, headers, text }: HttpAnswer): Unreachable {
  const retryAfter = Number(headers.get("retry-after") ?? Number.NaN);
  const words = text
    .replaceAll(/<[^>]*>/g, " ")
    .replaceAll(/\s+/g, " ")
    .trim()
    .slice(0, 200);
  return new Unreachable(
    `${call}: status ${status}, and not an answer of Plane's${words === "" ? "" : ` (${words})`}; ` +
      "is the address right, may this machine see it, and are Plane's containers healthy?",
    { maybeExecuted: status >= 500, ...(Number.isFinite(retryAfter) ? { retryAfter } : {}) },
  );
}
