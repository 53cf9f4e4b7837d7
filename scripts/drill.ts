import { parseArgs } from "node:util";
import { confirm } from "./backup/confirm.ts";
import { momentOf } from "./backup/manifest.ts";
import { onStack } from "./backup/onStack.ts";
import { concierge } from "./backup/person.ts";
import { archivesOf } from "./backup/place.ts";
import { save } from "./backup/save.ts";
import { drill, restore } from "./backup/sequence.ts";
import { command } from "./command.ts";
import { stackName } from "./setup/paths.ts";
import { Problem } from "./setup/problem.ts";
import { elapsed } from "./setup/progress.ts";

await command(async (signal, args) => {
  const { stack, yes } = parse(args);
  await onStack(stack, signal, async (on) => {
    const { place } = on;
    if (!yes) await confirm(place, "an archive made now", `npm run drill -- --yes --stack ${stack}`);
    const began = Date.now();
    const say = (line: string) => console.log(`${elapsed(Date.now() - began).padStart(12)}  ${line}`);
    const [before] = await archivesOf(place);
    say(await save(on));
    const [archive = ""] = await archivesOf(place);
    await drill(place, archive, await concierge(on), say);
    const restoring = Date.now();
    const out = await restore(place, archive, { say, confirm: async () => {} });
    const age = (name: string, at: number) => elapsed(at - momentOf(name).getTime());
    console.log(`RTO: ${elapsed(Date.now() - restoring)}, of which Plane did not answer for ${elapsed(out)}`);
    console.log(
      `RPO: ${age(archive, restoring)} with this archive; ` +
        (before === undefined ? "there was none before" : `the newest before was ${age(before, began)} old`),
    );
  });
  return 0;
});

function parse(args: string[]) {
  const options = {
    stack: { type: "string", default: stackName },
    yes: { type: "boolean", default: false },
  } as const;
  try {
    return parseArgs({ args, options }).values;
  } catch (error) {
    throw new Problem(
      `npm run drill -- ${args.join(" ")}: ${(error as Error).message}. Allowed: [--yes] [--stack <name>]`,
    );
  }
}
