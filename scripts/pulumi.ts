import { spawn } from "node:child_process";
import { command } from "./command.ts";
import { setUp } from "./setup/index.ts";
import { pathsOf } from "./setup/paths.ts";
import { Progress } from "./setup/progress.ts";
import { pulumiEnvironment } from "./stack/environment.ts";

// Whatever set-up says goes to stderr: stdout belongs to Pulumi, whose output is often read by a program.
await command(async (signal, args) => {
  const paths = pathsOf();
  const progress = new Progress(process.stderr, { quiet: true });
  await setUp(paths, progress, signal);
  progress.stop();
  const child = spawn("pulumi", args, { stdio: "inherit", env: pulumiEnvironment(paths) });
  signal.addEventListener("abort", () => child.kill("SIGINT"));
  return new Promise((resolve) => {
    child.on("close", (code) => resolve(code ?? 1));
    child.on("error", (error) => {
      console.error(`pulumi could not be started: ${error.message}. Run: npm start`);
      resolve(1);
    });
  });
});
