import { parseArgs } from "node:util";
import { HostError, runOrThrow } from "../providers/host/run.ts";
import { shellQuote } from "../providers/host/shell.ts";
import { type Place, placeOfBackups, program } from "./backup/place.ts";
import { command } from "./command.ts";
import { setUp } from "./setup/index.ts";
import { type Paths, pathsOf, stackName } from "./setup/paths.ts";
import { Problem } from "./setup/problem.ts";
import { Progress } from "./setup/progress.ts";
import { lastLines, run } from "./setup/run.ts";
import { stackConfiguration } from "./stack/configuration.ts";
import { pulumiEnvironment } from "./stack/environment.ts";

await command(async (signal, args) => {
  const stack = stackOf(args);
  const paths = pathsOf();
  const progress = new Progress(process.stderr, { quiet: true });
  await setUp(paths, progress, signal);
  progress.stop();
  const env = pulumiEnvironment(paths);
  process.env.PATH = env.PATH;
  try {
    const place = await placeOfBackups(await stackConfiguration(paths, env, stack));
    await leaveExport(place, paths, env, stack);
    console.log((await program(place, "run")).trim());
    return 0;
  } catch (error) {
    throw error instanceof HostError ? new Problem(error.message) : error;
  }
});

function stackOf(args: string[]): string {
  try {
    return parseArgs({ args, options: { stack: { type: "string", default: stackName } } }).values.stack;
  } catch (error) {
    throw new Problem(
      `npm run backup -- ${args.join(" ")}: ${(error as Error).message}. Allowed: --stack <name>`,
    );
  }
}

/** The stack's state as it is now, for each archive from now on; its secrets are encrypted in it. */
async function leaveExport(
  { host, folder }: Place,
  paths: Paths,
  env: NodeJS.ProcessEnv,
  stack: string,
): Promise<void> {
  const { code, stdout, stderr } = await run(
    "pulumi",
    ["stack", "export", "-s", stack, "--non-interactive"],
    {
      cwd: paths.root,
      env,
    },
  );
  if (code !== 0) throw new Problem(`Stack ${stack} cannot be exported: ${lastLines(stderr, 3)}`);
  const path = shellQuote(`${folder.exports}/${stack}.json`);
  const script = `umask 077 && mkdir -p ${shellQuote(folder.exports)} && cat > ${path}.new && mv ${path}.new ${path}`;
  await runOrThrow(host, "leaving the stack's export", script, { stdin: stdout });
}
