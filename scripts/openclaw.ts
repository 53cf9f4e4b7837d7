import { stdin, stdout } from "node:process";
import { createInterface } from "node:readline/promises";
import { parseArgs } from "node:util";
import { openclawPlaces } from "../components/openclaw/layout.ts";
import { HostError } from "../providers/host/run.ts";
import { smoke, smokeText } from "../providers/openclaw/smoke/index.ts";
import { command } from "./command.ts";
import { backup, list, restore, status } from "./openclaw/archives.ts";
import { lastSmoke } from "./openclaw/lastSmoke.ts";
import { setUp } from "./setup/index.ts";
import { pathsOf, stackName } from "./setup/paths.ts";
import { Problem } from "./setup/problem.ts";
import { processInfo } from "./setup/processes.ts";
import { Progress } from "./setup/progress.ts";
import { stackConfiguration } from "./stack/configuration.ts";
import { pulumiEnvironment } from "./stack/environment.ts";
import { stackLocks } from "./stack/state.ts";

const USAGE = "Allowed: status, list, backup, restore <name> [--yes], smoke; each with --stack <name>";
/** Where the configuration names none. */
const KEEP = 3;

await command(async (signal, args) => {
  const { what, name, stack, yes } = parse(args);
  const paths = pathsOf();
  const progress = new Progress(process.stderr, { quiet: true });
  await setUp(paths, progress, signal);
  progress.stop();
  const env = pulumiEnvironment(paths);
  process.env.PATH = env.PATH;
  const config = await stackConfiguration(paths, env, stack);
  const [host, where] = [config.docker, openclawPlaces(config)];
  const busy = stackLocks(paths, stack).find(({ pid }) => processInfo(pid)?.name.startsWith("pulumi"));
  if (busy && ["backup", "restore"].includes(what))
    throw new Problem(
      `An update of stack ${stack} is at work (pid ${busy.pid}). Run it again when that has ended`,
    );
  try {
    if (what === "smoke") {
      const report = await smoke(host, await lastSmoke(paths, env, stack));
      console.log(smokeText(report));
      return report.ok ? 0 : 1;
    }
    if (what === "restore" && !yes) await confirm(name, where.folder);
    const lines = {
      status: () => status(host, where),
      list: () => list(host, where),
      backup: () => backup(host, where, config.openclaw?.keep ?? KEEP),
      restore: () => restore(host, where, name),
    }[what]();
    console.log((await lines).join("\n"));
    return 0;
  } catch (error) {
    throw error instanceof HostError ? new Problem(error.message) : error;
  }
});

type What = "status" | "list" | "backup" | "restore" | "smoke";

function parse(args: string[]) {
  const options = {
    stack: { type: "string", default: stackName },
    yes: { type: "boolean", default: false },
  } as const;
  try {
    const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
    const [what = "", name = "", ...rest] = positionals;
    const isKnown = ["status", "list", "backup", "restore", "smoke"].includes(what);
    if (!isKnown || rest.length > 0 || (name !== "") !== (what === "restore")) throw new Error("wrong usage");
    return { what: what as What, name, ...values };
  } catch (error) {
    throw new Problem(`npm run openclaw -- ${args.join(" ")}: ${(error as Error).message}. ${USAGE}`);
  }
}

async function confirm(name: string, folder: string): Promise<void> {
  if (!stdin.isTTY)
    throw new Problem(
      `Nobody is there to ask. To restore without: npm run openclaw -- restore ${name} --yes`,
    );
  const terminal = createInterface({ input: stdin, output: stdout });
  const question = `The gateway is stopped, ${folder} is saved and replaced by the state of ${name}. Go on? [y/N] `;
  const answer = await terminal.question(question);
  terminal.close();
  if (!/^y(es)?$/i.test(answer.trim())) throw new Problem("Nothing was changed.");
}
