import { parseArgs } from "node:util";
import { confirm } from "./backup/confirm.ts";
import { onStack } from "./backup/onStack.ts";
import { concierge } from "./backup/person.ts";
import { archivesOf, type Place } from "./backup/place.ts";
import { drill, restore } from "./backup/sequence.ts";
import { command } from "./command.ts";
import { stackName } from "./setup/paths.ts";
import { Problem } from "./setup/problem.ts";
import { elapsed } from "./setup/progress.ts";

const USAGE = "Allowed: <archive>|newest [--check] [--yes] [--stack <name>]";

await command(async (signal, args) => {
  const { archive: wanted, stack, check, yes } = parse(args);
  await onStack(stack, signal, async (on) => {
    const archive = await named(on.place, wanted);
    const began = Date.now();
    const say = (line: string) => console.log(`${elapsed(Date.now() - began).padStart(12)}  ${line}`);
    if (check) return drill(on.place, archive, await concierge(on), say);
    const without = `npm run restore -- ${archive} --yes --stack ${stack}`;
    const ask = () => (yes ? Promise.resolve() : confirm(on.place, archive, without));
    await restore(on.place, archive, { say, confirm: ask });
  });
  return 0;
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
    if (positionals.length !== 1) throw new Error("one archive is named");
    return { archive: (positionals[0] ?? "").split("/").at(-1) ?? "", ...values };
  } catch (error) {
    throw new Problem(`npm run restore -- ${args.join(" ")}: ${(error as Error).message}. ${USAGE}`);
  }
}
