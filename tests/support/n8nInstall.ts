import { execFile } from "node:child_process";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import lockfile from "proper-lockfile";
import { pathsOf } from "../../scripts/setup/paths.ts";

/** The platform's (platform.md). */
export const N8N_VERSION = "2.30.7";

const run = promisify(execFile);
const INSTALL_MS = 1_200_000;

/**
 * n8n as npm has it, installed once and kept in the cache: it takes five minutes and 2 GB.
 * @returns the program.
 */
export async function installN8n(): Promise<string> {
  const folder = join(pathsOf().cache, "n8n", N8N_VERSION);
  // Written last: without it an install was interrupted.
  const stamp = join(folder, "installed");
  mkdirSync(folder, { recursive: true });
  const release = await lockfile.lock(folder, {
    retries: { retries: INSTALL_MS / 1000, minTimeout: 1000, maxTimeout: 1000 },
  });
  try {
    if (!existsSync(stamp)) {
      rmSync(join(folder, "node_modules"), { recursive: true, force: true });
      await install(folder);
      writeFileSync(stamp, "");
    }
  } finally {
    await release();
  }
  return join(folder, "node_modules/n8n/bin/n8n");
}

async function install(folder: string): Promise<void> {
  const manifest = {
    private: true,
    dependencies: { n8n: N8N_VERSION },
    // A URL in its tree, which only spreadsheet nodes use; npm has the same (contracts/n8n).
    overrides: { xlsx: "0.18.5" },
  };
  writeFileSync(join(folder, "package.json"), JSON.stringify(manifest));
  const npm = (...words: string[]) =>
    run("npm", [...words, "--no-audit", "--no-fund", "--loglevel=error"], {
      cwd: folder,
      timeout: INSTALL_MS,
    });
  await npm("install", "--ignore-scripts");
  // Of all the scripts only this one makes something that n8n starts with. Its binaries are not on npm.
  await npm("rebuild", "sqlite3", "--build-from-source");
  // Nothing runs them, and they are every second file.
  const unused = [
    "-name",
    "*.map",
    "-o",
    "-name",
    "*.d.ts",
    "-o",
    "-name",
    "*.d.mts",
    "-o",
    "-name",
    "*.d.cts",
  ];
  await run("find", [join(folder, "node_modules"), "-type", "f", "(", ...unused, ")", "-delete"]);
}
