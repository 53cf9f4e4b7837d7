import { existsSync } from "node:fs";
import { command } from "./command.ts";
import { setUp } from "./setup/index.ts";
import { pathsOf, stackName } from "./setup/paths.ts";
import { Problem } from "./setup/problem.ts";
import { elapsed, Progress } from "./setup/progress.ts";
import { lastLines, run } from "./setup/run.ts";
import { stackFile } from "./setup/workspace.ts";
import { operate } from "./stack/engine.ts";
import { pulumiEnvironment } from "./stack/environment.ts";
import { describeChanges } from "./stack/events.ts";
import { recover } from "./stack/recover.ts";
import { type Outputs, summary } from "./stack/summary.ts";

await command(async (signal) => {
  const started = Date.now();
  const paths = pathsOf();
  const progress = new Progress();
  try {
    await setUp(paths, progress, signal);
    const env = pulumiEnvironment(paths);
    if (!existsSync(stackFile(paths))) {
      const made = await run("pulumi", ["stack", "select", "--create", stackName, "--non-interactive"], {
        cwd: paths.root,
        env,
        signal,
      });
      if (made.code !== 0) {
        throw new Problem(
          `The stack ${stackName} could not be made:\n${lastLines(made.stderr || made.stdout)}`,
        );
      }
    }
    await recover(paths, env, progress, { signal });
    const events = await operate(
      paths,
      env,
      progress,
      {
        command: "up",
        args: ["--refresh"],
        preview: "comparing with what runs",
        work: "making changes",
        next: "Mend what it names, then run `npm start` again: it goes on from here.",
      },
      signal,
    );
    progress.say(`Stack: ${describeChanges(events.changes)}, ${elapsed(Date.now() - started)} in all`);
    for (const warning of events.warnings) progress.say(`Warning: ${warning}`);
    const output = await run("pulumi", ["stack", "output", "--json", "-s", stackName], {
      cwd: paths.root,
      env,
    });
    console.log(`\n${summary(JSON.parse(output.stdout || "{}") as Outputs)}`);
    return 0;
  } finally {
    progress.stop();
  }
});
