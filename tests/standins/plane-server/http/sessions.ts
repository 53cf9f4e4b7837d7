import { createHash, randomBytes } from "node:crypto";
import { one, type Row } from "../database.ts";
import { newSecret } from "./csrf.ts";
import type { Context, Request } from "./exchange.ts";

const WEEK = 7 * 24 * 3600;
const HOUR = 3600;
const YEAR = 31_449_600;

export interface User extends Row {
  id: string;
  email: string;
  display_name: string;
  first_name: string;
  password: string;
  is_bot: boolean;
  user_timezone: string;
}

/** Administrators of the instance have a cookie of their own, sent to and read under paths with "instances". */
export function cookieName(request: Request): string {
  return request.path.includes("instances") ? "admin-session-id" : "session-id";
}

/** The account behind the request's session cookie. */
export async function sessionUser(request: Request, { database }: Context): Promise<User | undefined> {
  const name = cookieName(request);
  const key = request.cookies.get(name);
  if (key === undefined) return undefined;
  const user = await one<User & { auth_hash: string }>(
    database,
    `SELECT users.*, auth_hash FROM sessions JOIN users ON users.id = user_id
     WHERE session_key = $1 AND expire_date > now() AND users.is_active`,
    [key],
  );
  if (user === undefined || user.auth_hash !== authHash(user)) {
    request.staleCookies.push(name);
    return undefined;
  }
  request.userId = user.id;
  request.timezone = user.user_timezone;
  return user;
}

/** Opens a session and returns its cookies: a new CSRF secret and the session's key. */
export async function logIn(request: Request, context: Context, user: User): Promise<string[]> {
  const name = cookieName(request);
  const key = randomBytes(64).toString("hex");
  const seconds = name === "session-id" ? WEEK : HOUR;
  await context.database.query(
    `WITH opened AS (
       INSERT INTO sessions (session_key, user_id, auth_hash, expire_date)
       VALUES ($1, $2, $3, now() + $4 * interval '1 second'))
     UPDATE users SET last_login = clock_timestamp(), last_login_time = clock_timestamp(),
       last_active = clock_timestamp(), token_updated_at = clock_timestamp(), last_login_medium = 'email',
       last_login_ip = $5, last_login_uagent = $6 WHERE id = $2`,
    [key, user.id, authHash(user), seconds, request.address, request.headers["user-agent"] ?? ""],
  );
  return [cookie("csrftoken", newSecret(), YEAR, context), cookie(name, key, seconds, context)];
}

/** Ends the request's session. */
export async function logOut(request: Request, { database }: Context): Promise<void> {
  const name = cookieName(request);
  const key = request.cookies.get(name);
  if (key === undefined) return;
  await database.query(
    `WITH closed AS (DELETE FROM sessions WHERE session_key = $1 RETURNING user_id)
     UPDATE users SET last_logout_time = clock_timestamp(), last_logout_ip = $2 FROM closed WHERE id = user_id`,
    [key, request.address],
  );
  request.staleCookies.push(name);
}

/** A Set-Cookie line; Secure when the allowed origins are https only. */
export function cookie(name: string, value: string, seconds: number, { settings }: Context): string {
  const origins = settings.corsOrigins;
  const secure = origins.length > 0 && !origins.some((origin) => origin.includes("http:"));
  const expires = new Date(Date.now() + seconds * 1000).toUTCString();
  return `${name}=${value}; expires=${expires}; HttpOnly; Max-Age=${seconds}; Path=/; SameSite=Lax${secure ? "; Secure" : ""}`;
}

/** The life of a CSRF cookie. */
export const CSRF_SECONDS = YEAR;

/** What ties a session to the password: a new password ends all others. */
function authHash(user: User): string {
  return createHash("sha256").update(user.password).digest("hex");
}
