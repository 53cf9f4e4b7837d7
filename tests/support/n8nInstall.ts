import { execFile } from "node:child_process";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { INSTALL_MS, installOnce } from "./installOnce.ts";

/** The platform's (platform.md). */
export const N8N_VERSION = "2.30.7";

const run = promisify(execFile);

/**
 * n8n as npm has it, installed once and kept in the cache: it takes five minutes and 2 GB.
 * @returns the program.
 */
export async function installN8n(): Promise<string> {
  const folder = await installOnce("n8n", N8N_VERSION, install);
  return join(folder, "node_modules/n8n/bin/n8n");
}

async function install(folder: string): Promise<void> {
  const modules = join(folder, "node_modules");
  await rm(modules, { recursive: true, force: true });
  const manifest = {
    private: true,
    dependencies: { n8n: N8N_VERSION },
    // A URL in its tree, which only spreadsheet nodes use; npm has the same (contracts/n8n).
    overrides: { xlsx: "0.18.5" },
  };
  await writeFile(join(folder, "package.json"), JSON.stringify(manifest));
  const npm = (...words: string[]) =>
    run("npm", [...words, "--no-audit", "--no-fund", "--loglevel=error"], {
      cwd: folder,
      timeout: INSTALL_MS,
    });
  await npm("install", "--ignore-scripts");
  // Of all the scripts only this one makes something that n8n starts with. Its binaries are not on npm.
  await npm("rebuild", "sqlite3", "--build-from-source");
  // Nothing runs them, and they are every second file.
  const unused = ["*.map", "*.d.ts", "*.d.mts", "*.d.cts"].flatMap((name) => ["-o", "-name", name]).slice(1);
  await run("find", [modules, "-type", "f", "(", ...unused, ")", "-delete"]);
}
