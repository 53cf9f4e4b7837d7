import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { INSTALL_MS, installOnce } from "./installOnce.ts";

const run = promisify(execFile);
const REQUIREMENTS = join(import.meta.dirname, "../standins/litellm/requirements.txt");

/**
 * LiteLLM's proxy as PyPI has it, installed once and kept in the cache: it takes a minute and a half and 600 MB.
 * @returns the folder of its packages, for PYTHONPATH.
 */
export async function installLitellm(): Promise<string> {
  const { stdout: python } = await run("python3", ["--version"]);
  const hash = createHash("sha256")
    .update(await readFile(REQUIREMENTS))
    .update(python)
    .digest("hex");
  return join(await installOnce("litellm", hash.slice(0, 16), install), "packages");
}

async function install(folder: string): Promise<void> {
  const target = join(folder, "packages");
  await rm(target, { recursive: true, force: true });
  const options = ["--quiet", "--disable-pip-version-check", "--no-compile", "--target", target];
  await run("python3", ["-m", "pip", "install", ...options, "-r", REQUIREMENTS], {
    timeout: INSTALL_MS,
  });
}
