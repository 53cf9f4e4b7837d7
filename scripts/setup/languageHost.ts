import path from "node:path";
import type { Cli } from "./cli.ts";
import type { Context } from "./context.ts";
import { place } from "./find.ts";
import { buildGoTool } from "./go.ts";

/** Provides Pulumi's language host for Node: official releases of the CLI ship it, for a built one it is built too. */
export async function provideLanguageHost(context: Context, cli: Cli): Promise<void> {
  if (cli.official) return;
  const version = context.versions.tools.pulumiLanguageNodejs;
  const task = context.progress.begin("Node language host", "looking for it");
  const built = await buildGoTool(
    context,
    {
      name: "pulumi-language-nodejs",
      package: "github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs",
      version: `v${version}`,
    },
    task,
  );
  place(built.file, path.join(context.paths.bin, "pulumi-language-nodejs"));
  task.done(`${version}, ${built.how} (only official releases of the CLI ship it)`);
}
