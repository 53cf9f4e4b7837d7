import { parseArgs } from "node:util";
import { onStack } from "./backup/onStack.ts";
import { save } from "./backup/save.ts";
import { command } from "./command.ts";
import { stackName } from "./setup/paths.ts";
import { Problem } from "./setup/problem.ts";

await command(async (signal, args) => {
  await onStack(stackOf(args), signal, async (on) => console.log(await save(on)));
  return 0;
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
