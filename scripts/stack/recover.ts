import { hostname } from "node:os";
import type { Paths } from "../setup/paths.ts";
import { stackName } from "../setup/paths.ts";
import { Problem } from "../setup/problem.ts";
import { processInfo } from "../setup/processes.ts";
import type { Progress } from "../setup/progress.ts";
import { lastLines, run } from "../setup/run.ts";
import { type PendingOperation, readState, type StackLock, stackLocks } from "./state.ts";

/** What a lock means for the next command. */
export type LockVerdict = "dead" | "alive" | "foreign";

/**
 * Judges a lock: `dead` when its engine ran on this host and is gone, `foreign` when that cannot be known
 * (another host, or an unreadable lock).
 */
export function judgeLock(lock: StackLock, host: string = hostname()): LockVerdict {
  if (lock.pid === 0 || lock.hostname !== host) return "foreign";
  // A pid is used again; only an engine holds locks.
  return processInfo(lock.pid)?.name.startsWith("pulumi") ? "alive" : "dead";
}

/**
 * Mends what an interrupted run left behind: a lock whose engine is gone, operations it had begun, and what those
 * made without anyone recording it. Waits up to a minute for an engine that is still at work.
 */
export async function recover(
  paths: Paths,
  env: NodeJS.ProcessEnv,
  progress: Progress,
  options: { signal?: AbortSignal; wait?: number } = {},
): Promise<void> {
  await mendLocks(paths, env, progress, options);
  const pending = readState(paths)?.pending ?? [];
  if (pending.length === 0) return;
  const names = pending.map(({ urn }) => urn.split("::").pop()).join(", ");
  progress.say(`Stack: an earlier run was interrupted while it worked on ${names}; clearing that up`);
  for (const operation of pending) await dropOrphan(operation, env, progress);
  const task = progress.begin("Stack", "refreshing the state");
  const args = [
    "refresh",
    "--yes",
    "--clear-pending-creates",
    "-s",
    stackName,
    "--non-interactive",
    "--color",
    "never",
  ];
  const answer = await run("pulumi", args, { cwd: paths.root, env, ...signalOf(options) });
  task.drop();
  if (answer.code !== 0) {
    throw new Problem(
      `The interrupted run could not be cleared up (pulumi refresh --clear-pending-creates):\n${lastLines(answer.stdout + answer.stderr)}\n` +
        "Mend what it names and run the command again.",
    );
  }
}

async function mendLocks(
  paths: Paths,
  env: NodeJS.ProcessEnv,
  progress: Progress,
  options: { signal?: AbortSignal; wait?: number },
): Promise<void> {
  const end = Date.now() + (options.wait ?? 60_000);
  let task: ReturnType<Progress["begin"]> | undefined;
  for (;;) {
    const locks = stackLocks(paths);
    const judged = locks.map((lock) => ({ lock, verdict: judgeLock(lock) }));
    const alive = judged.find(({ verdict }) => verdict === "alive");
    if (alive && Date.now() < end && !options.signal?.aborted) {
      task ??= progress.begin("Stack", `waiting for another update (pulumi, pid ${alive.lock.pid})`);
      await new Promise((resolve) => setTimeout(resolve, 500));
      continue;
    }
    task?.drop();
    if (alive) {
      throw new Problem(
        `Another update of this stack is at work: pulumi, pid ${alive.lock.pid}, since ${alive.lock.timestamp}.\n` +
          `Wait for it to end, or ask it to stop (kill -INT ${alive.lock.pid}), then run the command again.`,
      );
    }
    const foreign = judged.find(({ verdict }) => verdict === "foreign");
    if (foreign) {
      const who = foreign.lock.pid
        ? `pid ${foreign.lock.pid} on ${foreign.lock.hostname}`
        : "an unreadable lock";
      throw new Problem(
        `The stack is locked by ${who}; whether that update still runs cannot be seen from here.\n` +
          `When you are sure that it does not: npm run pulumi -- cancel --yes -s ${stackName}`,
      );
    }
    if (locks.length === 0) return;
    progress.say(
      `Stack: removing the lock of an update that is gone (pid ${locks.map(({ pid }) => pid).join(", ")})`,
    );
    const args = ["cancel", "--yes", "-s", stackName, "--non-interactive"];
    const answer = await run("pulumi", args, { cwd: paths.root, env });
    if (answer.code !== 0) {
      throw new Problem(
        `The lock could not be removed (pulumi cancel):\n${lastLines(answer.stdout + answer.stderr)}`,
      );
    }
    return;
  }
}

/** The docker command's word for a resource type that an interrupted create may have left behind. */
const kinds: Record<string, string> = {
  "docker:index/container:Container": "container",
  "docker:index/network:Network": "network",
  "docker:index/volume:Volume": "volume",
};

/** Removes what an interrupted create made, when its label says that it is this stack's. */
async function dropOrphan(
  operation: PendingOperation,
  env: NodeJS.ProcessEnv,
  progress: Progress,
): Promise<void> {
  const kind = kinds[operation.resourceType];
  if (operation.type !== "creating" || !kind || !operation.name) return;
  const label = kind === "container" ? ".Config.Labels" : ".Labels";
  const format = `{{index ${label} "io.javisi.stack"}}`;
  const options = { env, timeout: 20_000 };
  const found = await run("docker", [kind, "inspect", "--format", format, operation.name], options);
  if (found.code !== 0 || found.stdout.trim() !== `plane-ops/${stackName}`) return;
  const force = kind === "container" ? ["-f"] : [];
  const removed = await run("docker", [kind, "rm", ...force, operation.name], options);
  if (removed.code === 0) progress.say(`Stack: removed the half-made ${kind} ${operation.name}`);
}

function signalOf(options: { signal?: AbortSignal }): { signal?: AbortSignal } {
  return options.signal ? { signal: options.signal } : {};
}
