import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildGo } from "./buildGo.ts";
import { docker } from "./stack.ts";

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

/**
 * An image of that Caddy, made from the platform's, as the runbook has it.
 * @param image what it is to be called.
 * @param base the platform's image.
 */
export async function buildCaddyRateLimitImage(image: string, base: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "plane-ops-caddy-image-"));
  try {
    copyFileSync(await buildCaddyRateLimit(), join(folder, "caddy"));
    writeFileSync(join(folder, "Dockerfile"), `FROM ${base}\nCOPY caddy /usr/bin/caddy\n`);
    await docker("build", "--quiet", "--tag", image, folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
