import { stdin, stdout } from "node:process";
import { createInterface } from "node:readline/promises";
import { parseArgs } from "node:util";
import { HostError } from "../providers/host/run.ts";
import { archivesOf, type Place, placeOfBackups } from "./backup/place.ts";
import { restore } from "./backup/sequence.ts";
import { command } from "./command.ts";
import { setUp } from "./setup/index.ts";
import { pathsOf, stackName } from "./setup/paths.ts";
import { Problem } from "./setup/problem.ts";
import { elapsed, Progress } from "./setup/progress.ts";
import { stackConfiguration } from "./stack/configuration.ts";
import { pulumiEnvironment } from "./stack/environment.ts";

const USAGE = "Allowed: [<archive>|newest] [--check] [--yes] [--stack <name>]";

await command(async (signal, args) => {
  const { archive: wanted, stack, check, yes } = parse(args);
  const paths = pathsOf();
  const progress = new Progress(process.stderr, { quiet: true });
  await setUp(paths, progress, signal);
  progress.stop();
  const env = pulumiEnvironment(paths);
  process.env.PATH = env.PATH;
  try {
    const place = await placeOfBackups(await stackConfiguration(paths, env, stack));
    const archive = await named(place, wanted);
    const began = Date.now();
    await restore(place, archive, {
      check,
      say: (line) => console.log(`${elapsed(Date.now() - began).padStart(12)}  ${line}`),
      confirm: () => (yes ? Promise.resolve() : confirm(place, archive)),
    });
    return 0;
  } catch (error) {
    throw error instanceof HostError ? new Problem(error.message) : error;
  }
});

/** @throws Problem with the archives that there are. */
async function named(place: Place, wanted: string): Promise<string> {
  const there = await archivesOf(place);
  const archive = wanted === "newest" ? there[0] : there.find((name) => name === wanted);
  if (archive !== undefined) return archive;
  throw new Problem(
    `There is no archive ${wanted} in ${place.folder.archives}; there are: ${there.join(", ") || "none"}. ` +
      "One from elsewhere is copied there first; one is made by: npm run backup",
  );
}

function parse(args: string[]) {
  const options = {
    stack: { type: "string", default: stackName },
    check: { type: "boolean", default: false },
    yes: { type: "boolean", default: false },
  } as const;
  try {
    const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
    if (positionals.length !== 1) throw new Error("which archive?");
    return { archive: (positionals[0] ?? "").split("/").at(-1) ?? "", ...values };
  } catch (error) {
    throw new Problem(`npm run restore -- ${args.join(" ")}: ${(error as Error).message} ${USAGE}`);
  }
}

async function confirm({ database, container }: Place, archive: string): Promise<void> {
  if (!stdin.isTTY)
    throw new Problem(`Nobody is there to ask. To restore without: npm run restore -- ${archive} --yes`);
  const terminal = createInterface({ input: stdin, output: stdout });
  const question = `${container.worker} and ${container.api} are stopped, and ${database} becomes what ${archive} holds; the present one is kept beside it. Go on? [y/N] `;
  const answer = await terminal.question(question);
  terminal.close();
  if (!/^y(es)?$/i.test(answer.trim())) throw new Problem("Plane was not touched.");
}
