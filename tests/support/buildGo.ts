import { buildGoTool, dropGoCache, type GoTool } from "../../scripts/setup/go.ts";
import { pathsOf } from "../../scripts/setup/paths.ts";
import { Progress } from "../../scripts/setup/progress.ts";
import { loadVersions } from "../../scripts/setup/versions.ts";
import { exclusively } from "../standins/images/lock.ts";

/**
 * A program from the Go module proxy, built once.
 * @returns its path.
 */
export function buildGo(title: string, tool: GoTool): Promise<string> {
  // One at a time: who is done first removes the sources.
  return exclusively(
    "plane-ops-go",
    () => {},
    () => build(title, tool),
  );
}

async function build(title: string, tool: GoTool): Promise<string> {
  const progress = new Progress(process.stdout, { quiet: true });
  const paths = pathsOf();
  const context = {
    paths,
    versions: loadVersions(paths.root),
    progress,
    signal: new AbortController().signal,
    downloads: async () => ({ ok: true }) as const,
  };
  const task = progress.begin(title);
  const { file, how } = await buildGoTool(context, tool, task);
  task.done(how);
  dropGoCache(context);
  return file;
}
