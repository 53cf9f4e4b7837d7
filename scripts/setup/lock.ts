import { linkSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Paths } from "./paths.ts";
import { Problem } from "./problem.ts";
import { processInfo } from "./processes.ts";
import type { Progress } from "./progress.ts";

/**
 * Lets one command at a time work on this checkout's set-up. Waits up to ten minutes for another one; the lock of
 * a process that is gone is taken over. Returns the function that gives it back.
 */
export async function acquire(paths: Paths, progress: Progress, signal: AbortSignal): Promise<() => void> {
  const file = path.join(paths.base, "setup.lock");
  const own = `${file}.${process.pid}`;
  const end = Date.now() + 600_000;
  let waiting: ReturnType<Progress["begin"]> | undefined;
  for (;;) {
    try {
      // Linked, not created: the lock is never seen without its content.
      writeFileSync(own, `${process.pid} ${processInfo(process.pid)?.started ?? ""}\n`);
      linkSync(own, file);
      rmSync(own);
      waiting?.drop();
      return () => rmSync(file, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    const pid = holder(file);
    if (pid === undefined) {
      rmSync(file, { force: true });
      continue;
    }
    waiting ??= progress.begin("Set-up", `waiting for another command of this checkout (pid ${pid})`);
    if (Date.now() > end || signal.aborted) {
      waiting.drop();
      rmSync(own, { force: true });
      throw new Problem(
        `Another command (pid ${pid}) is setting this checkout up. Wait for it to end, or stop it: kill ${pid}`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

/** The pid of the living process that holds the lock. */
function holder(file: string): number | undefined {
  try {
    const [pid, ...started] = readFileSync(file, "utf8").trim().split(" ");
    const found = processInfo(Number(pid));
    return found && found.started === started.join(" ") ? Number(pid) : undefined;
  } catch {
    return undefined;
  }
}
