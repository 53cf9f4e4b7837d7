import { buildGo } from "./buildGo.ts";

/**
 * A Caddy with the rate-limit module, for the platform's image has none: built from the Go module proxy, once, which
 * takes two to three minutes.
 * @returns the program.
 */
export function buildCaddyRateLimit(): Promise<string> {
  return buildGo("Caddy with rate limit", {
    name: "caddy-ratelimit",
    folder: "tests/standins/caddy-ratelimit",
    package: ".",
    version: "v2.10.2",
  });
}
