import { stdin, stdout } from "node:process";
import { createInterface } from "node:readline/promises";
import { parseArgs } from "node:util";
import { HostError } from "../providers/host/run.ts";
import { archivesOf, type Place, placeOfBackups } from "./backup/place.ts";
import {
  checked,
  dropBeside,
  exchange,
  restoreBeside,
  restoreObjects,
  startPlane,
  stopPlane,
} from "./backup/restore.ts";
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
    await restore(place, archive, { check, yes });
    return 0;
  } catch (error) {
    throw error instanceof HostError ? new Problem(error.message) : error;
  }
});

async function restore(place: Place, archive: string, { check, yes }: { check: boolean; yes: boolean }) {
  const began = Date.now();
  const say = (line: string) => console.log(`${elapsed(Date.now() - began).padStart(12)}  ${line}`);
  const manifest = await checked(place, archive);
  const age = elapsed(began - manifest.saved.getTime());
  say(`${archive} is whole: ${manifest.members.join(", ")}. It is ${age} old`);
  if (manifest.planeVersion !== place.planeVersion && !check)
    throw new Problem(
      `${archive} is of Plane ${manifest.planeVersion}, and this stack runs ${place.planeVersion}. ` +
        `First: npm run pulumi -- config set plane:version ${manifest.planeVersion}, then npm start (or up of another stack)`,
    );
  await restoreBeside(place, archive, manifest);
  const rows = [...manifest.rows.values()].reduce((sum, each) => sum + each, 0);
  say(
    `its dump is in a database beside Plane's: ${manifest.rows.size} tables, ${rows} rows, as they were saved`,
  );
  if (check) {
    await dropBeside(place);
    say("nothing else was touched");
    return;
  }
  if (!yes) await confirm(place, archive);
  await restoreObjects(place, archive);
  say(`${manifest.objects.size} files of attachments are there`);
  await stopPlane(place);
  const before = await exchange(place, new Date());
  say(
    before
      ? `Plane's database is the saved one; the other is kept as ${before}`
      : "Plane's database is the saved one",
  );
  await startPlane(place);
  say("Plane answers. What else belongs to it is put right by: npm start (or up --refresh of another stack)");
}

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
