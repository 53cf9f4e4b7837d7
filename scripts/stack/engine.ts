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
 * Runs `pulumi up` or `pulumi destroy` and shows steps as they happen. An `up` is previewed first and left out when
 * the preview finds nothing to do. Returns what was read from the engine's events.
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
  const engine = async (args: string[]) => {
    const answer = await run(
      "pulumi",
      [...args, ...operation.args, "--json", "-s", stackName, "--non-interactive"],
      {
        cwd: paths.root,
        // Without it the preview says nothing until it has ended.
        env: { ...env, PULUMI_ENABLE_STREAMING_JSON_PREVIEW: "true" },
        onLine: (line) => {
          events.line(line);
          task.now(events.now(operation.preview, operation.work));
        },
        ...(signal ? { signal } : {}),
      },
    );
    if (answer.code === 0) return;
    task.drop();
    if (signal?.aborted) throw new Problem("Stopped. The next run goes on from here.");
    const { errors } = events;
    const text =
      errors.length > 0 ? errors.map(indent).join("\n") : lastLines(answer.stderr || answer.stdout);
    const when = events.previewed ? "while it made changes" : "in the preview; nothing was changed";
    throw new Problem(`pulumi ${operation.command} failed ${when}:\n${text}\n${operation.next}`.trimEnd());
  };
  if (operation.command === "destroy") {
    await engine(["destroy", "--yes"]);
  } else {
    await engine(["preview"]);
    if (events.due) await engine(["up", "--yes", "--skip-preview"]);
  }
  task.drop();
  return events;
}

function indent(message: string): string {
  return `  ${message.split("\n").join("\n  ")}`;
}
