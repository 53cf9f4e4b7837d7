import path from "node:path";
import type { Cli } from "./cli.ts";
import type { Context } from "./context.ts";
import { place } from "./find.ts";
import { buildGoTool } from "./go.ts";

/**
 * Provides Pulumi's language host for Node. Official releases of the CLI ship it; no Go module has held it since SDK
 * 3.68, so for a built CLI the project's stand-in is built.
 */
export async function provideLanguageHost(context: Context, cli: Cli): Promise<void> {
  if (cli.official) return;
  const version = context.versions.tools.pulumi;
  const task = context.progress.begin("Node language host", "looking for it");
  const built = await buildGoTool(
    context,
    {
      name: "pulumi-language-nodejs",
      folder: "tests/standins/language-host",
      package: ".",
      version: `v${version}`,
    },
    task,
  );
  place(built.file, path.join(context.paths.bin, "pulumi-language-nodejs"));
  task.done(`stand-in of this project, ${built.how} (only official releases of the CLI ship it)`);
}
