import { execFile } from "node:child_process";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import lockfile from "proper-lockfile";
import { pathsOf } from "../../scripts/setup/paths.ts";
import type { OpenclawVersion } from "../../skills/plane-bridge/overlay.ts";

const INSTALL_MS = 600_000;

/**
 * OpenClaw as npm has it, installed once per version and kept in the cache: it takes half a minute and 540 MB.
 * @returns the program.
 */
export async function installOpenclaw(version: OpenclawVersion): Promise<string> {
  const folder = join(pathsOf().cache, "openclaw", version);
  // Written last: without it an install was interrupted.
  const stamp = join(folder, "installed");
  mkdirSync(folder, { recursive: true });
  const release = await lockfile.lock(folder, {
    retries: { retries: 600, minTimeout: 1000, maxTimeout: 1000 },
  });
  try {
    if (!existsSync(stamp)) {
      rmSync(join(folder, "node_modules"), { recursive: true, force: true });
      // libsignal is a git URL in its tree; npm has the same (contracts/openclaw).
      const manifest = {
        private: true,
        dependencies: { openclaw: version },
        overrides: { libsignal: "6.0.0" },
      };
      writeFileSync(join(folder, "package.json"), JSON.stringify(manifest));
      const quiet = ["--no-audit", "--no-fund", "--loglevel=error"];
      await promisify(execFile)("npm", ["install", "--ignore-scripts", "--legacy-peer-deps", ...quiet], {
        cwd: folder,
        timeout: INSTALL_MS,
      });
      writeFileSync(stamp, "");
    }
  } finally {
    await release();
  }
  return join(folder, "node_modules/openclaw/openclaw.mjs");
}
