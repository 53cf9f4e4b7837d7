import { createHash } from "node:crypto";
import { type Answer, type Context, json, type Request } from "./exchange.ts";

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
  return cache.count(`throttle_anon_${request.address}`, ANONYMOUS_PER_MINUTE);
}

/** Counts a request of an API token, over all endpoints. */
export function countToken(token: string, limit: number, { cache, settings }: Context): Promise<Allowance> {
  const ident = settings.overlay.hashesTokens ? createHash("sha256").update(token).digest("hex") : token;
  return cache.count(`api_key:${ident}`, limit);
}

/** What a caller above its limit gets. */
export function tooMany({ retryAfter }: Allowance): Answer {
  return json(
    429,
    { error_code: 5900, error_message: "RATE_LIMIT_EXCEEDED" },
    { "retry-after": String(retryAfter) },
  );
}
