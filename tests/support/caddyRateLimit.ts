import { buildGoTool, dropGoCache } from "../../scripts/setup/go.ts";
import { pathsOf } from "../../scripts/setup/paths.ts";
import { Progress } from "../../scripts/setup/progress.ts";
import { loadVersions } from "../../scripts/setup/versions.ts";

/**
 * A Caddy with the rate-limit module, for the platform's image has none: built from the Go module proxy, once, which
 * takes two to three minutes.
 * @returns the program.
 */
export async function buildCaddyRateLimit(): Promise<string> {
  const progress = new Progress(process.stdout, { quiet: true });
  const paths = pathsOf();
  const context = {
    paths,
    versions: loadVersions(paths.root),
    progress,
    signal: new AbortController().signal,
    downloads: async () => ({ ok: true }) as const,
  };
  const task = progress.begin("Caddy with rate limit");
  const { file, how } = await buildGoTool(
    context,
    { name: "caddy-ratelimit", folder: "tests/standins/caddy-ratelimit", package: ".", version: "v2.10.2" },
    task,
  );
  task.done(how);
  dropGoCache(context);
  return file;
}
