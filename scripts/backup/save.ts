import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { runOrThrow } from "../../providers/host/run.ts";
import { shellQuote } from "../../providers/host/shell.ts";
import { Problem } from "../setup/problem.ts";
import { lastLines, run } from "../setup/run.ts";
import type { OnStack } from "./onStack.ts";
import { program } from "./place.ts";

/**
 * Exports the stack's state to the host, for each archive from now on, and saves Plane.
 * @returns what the backup's program says.
 */
export async function save(on: OnStack): Promise<string> {
  await leaveExport(on);
  return (await program(on.place, "run")).trim();
}

/** Its secrets are encrypted in it. */
async function leaveExport({ place: { host, folder }, paths, env, stack }: OnStack): Promise<void> {
  const scratch = mkdtempSync(path.join(tmpdir(), "plane-ops-export-"));
  try {
    const file = path.join(scratch, "stack.json");
    const args = ["stack", "export", "--file", file, "-s", stack, "--non-interactive"];
    const { code, stderr } = await run("pulumi", args, { cwd: paths.root, env });
    if (code !== 0) throw new Problem(`Stack ${stack} cannot be exported: ${lastLines(stderr, 3)}`);
    const target = shellQuote(`${folder.exports}/${stack}.json`);
    await runOrThrow(
      host,
      "leaving the stack's export",
      `umask 077 && mkdir -p ${shellQuote(folder.exports)} && cat > ${target}.new && mv ${target}.new ${target}`,
      { stdin: readFileSync(file, "utf8") },
    );
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
