import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import lockfile from "proper-lockfile";
import { pathsOf } from "../../scripts/setup/paths.ts";

/** The longest that an installation takes, and that another process waits for it. */
export const INSTALL_MS = 1_200_000;

/**
 * Installs into a folder of the cache unless that was done before.
 * @param name of the program.
 * @param version of it, or of what it is made from.
 * @param install finds what an interrupted one left, and begins anew; blocks nothing for long, else the lock is lost.
 * @returns the folder.
 */
export async function installOnce(
  name: string,
  version: string,
  install: (folder: string) => Promise<void>,
): Promise<string> {
  const folder = join(pathsOf().cache, name, version);
  // Written last: without it an installation was interrupted.
  const stamp = join(folder, "installed");
  mkdirSync(folder, { recursive: true });
  const release = await lockfile.lock(folder, {
    retries: { retries: INSTALL_MS / 1000, minTimeout: 1000, maxTimeout: 1000 },
  });
  try {
    if (!existsSync(stamp)) {
      await install(folder);
      writeFileSync(stamp, "");
    }
  } finally {
    await release();
  }
  return folder;
}
