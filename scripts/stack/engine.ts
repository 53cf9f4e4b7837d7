import { type Paths, stackName } from "../setup/paths.ts";
import { Problem } from "../setup/problem.ts";
import type { Progress } from "../setup/progress.ts";
import { lastLines, run } from "../setup/run.ts";
import { EventReader } from "./events.ts";

/** Words for one of the engine's commands. */
export interface Operation {
  command: "up" | "destroy";
  args: string[];
  /** What is said while it previews and while it works. */
  preview: string;
  work: string;
  /** What the user can do after a failure. */
  next: string;
}

/**
 * Runs `pulumi up` or `pulumi destroy` and shows steps as they happen. Returns what was read from its events.
 * Throws a Problem that holds the engine's errors, and nothing else of its output.
 */
export async function operate(
  paths: Paths,
  env: NodeJS.ProcessEnv,
  progress: Progress,
  operation: Operation,
  signal?: AbortSignal,
): Promise<EventReader> {
  const task = progress.begin("Stack", operation.preview);
  const events = new EventReader();
  const args = [
    operation.command,
    "--yes",
    "--json",
    ...operation.args,
    "-s",
    stackName,
    "--non-interactive",
  ];
  const answer = await run("pulumi", args, {
    cwd: paths.root,
    // Without it the preview says nothing until it has ended.
    env: { ...env, PULUMI_ENABLE_STREAMING_JSON_PREVIEW: "true" },
    onLine: (line) => {
      events.line(line);
      task.now(events.now(operation.preview, operation.work));
    },
    ...(signal ? { signal } : {}),
  });
  task.drop();
  if (answer.code === 0) return events;
  if (signal?.aborted) throw new Problem("Stopped. The next run goes on from here.");
  const { errors } = events;
  const text = errors.length > 0 ? errors.map(indent).join("\n") : lastLines(answer.stderr || answer.stdout);
  throw new Problem(
    `pulumi ${operation.command} failed ${events.previewed ? "while it made changes" : "in the preview; nothing was changed"}:\n${text}\n${operation.next}`,
  );
}

function indent(message: string): string {
  return `  ${message.split("\n").join("\n  ")}`;
}
