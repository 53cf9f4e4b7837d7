import { createHash } from "node:crypto";
import { type Answer, type Context, json, type Request } from "./exchange.ts";

const WINDOW_SECONDS = 60;
const ANONYMOUS_PER_MINUTE = 30;

/** How a request stands against its limit. */
export interface Allowance {
  allowed: boolean;
  remaining: number;
  /** Seconds until the oldest counted request leaves the window. */
  retryAfter: number;
}

/** Counts a request of a caller without account; all anonymous endpoints share the count. */
export function countAnonymous(request: Request, { cache }: Context): Promise<Allowance> {
  return count(cache, `throttle_anon_${request.address}`, ANONYMOUS_PER_MINUTE);
}

/** Counts a request of an API token, over all endpoints. */
export function countToken(token: string, { cache, settings }: Context): Promise<Allowance> {
  const ident = settings.overlay.hashesTokens ? createHash("sha256").update(token).digest("hex") : token;
  return count(cache, `api_key:${ident}`, settings.apiKeyRateLimit);
}

/** What a caller above its limit gets. */
export function tooMany({ retryAfter }: Allowance, allow: string): Answer {
  return json(
    429,
    { error_code: 5900, error_message: "RATE_LIMIT_EXCEEDED" },
    { "retry-after": String(retryAfter), allow, vary: "Cookie, origin" },
  );
}

/** The window of recent requests lies in the cache under one key, newest first. */
async function count(cache: Context["cache"], key: string, limit: number): Promise<Allowance> {
  const now = Date.now() / 1000;
  const history = ((await cache.get<number[]>(key)) ?? []).filter((at) => at > now - WINDOW_SECONDS);
  const oldest = history.at(-1) ?? now;
  const retryAfter = Math.max(1, Math.ceil(WINDOW_SECONDS - (now - oldest)));
  if (history.length >= limit) return { allowed: false, remaining: 0, retryAfter };
  history.unshift(now);
  await cache.set(key, history, WINDOW_SECONDS);
  return { allowed: true, remaining: limit - history.length, retryAfter };
}
