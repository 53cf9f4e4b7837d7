import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import path from "node:path";
import type { Context } from "./context.ts";
import { findExecutable, place, searchPath } from "./find.ts";
import { buildGoTool, type GoTool } from "./go.ts";
import { download, fetchText } from "./network.ts";
import { lastLines, run } from "./run.ts";
import { fits } from "./versions.ts";

/** Which Pulumi CLI set-up took. */
export interface Cli {
  file: string;
  /** Official releases ship the language host and the provider of dynamic resources, built ones do not. */
  official: boolean;
  /** One line for the user: which and why. */
  line: string;
}

/** Where Pulumi publishes its releases. */
export const releases = {
  archives: "https://get.pulumi.com/releases/sdk",
  plugins: "https://get.pulumi.com/releases/plugins",
  /** Plugins that others publish, below a folder for each version. */
  othersPlugins: {
    grafana: "https://github.com/pulumiverse/pulumi-grafana/releases/download",
  } as Record<string, string>,
  checksums: "https://github.com/pulumi/pulumi/releases/download",
};

/** Programs of an official release that the project uses. */
const shipped = ["pulumi", "pulumi-language-nodejs", "pulumi-resource-pulumi-nodejs"];

/** Provides the Pulumi CLI: the one on PATH, else the official download, else one built from the Go module proxy. */
export async function provideCli(context: Context, folders?: string[]): Promise<Cli> {
  const task = context.progress.begin("Pulumi CLI", "looking for it");
  const wanted = context.versions.tools.pulumi;
  const found = await onPath(
    context,
    folders ?? searchPath([context.paths.bin, path.join(context.paths.root, "node_modules", ".bin")]),
  );
  if (found.cli) {
    for (const name of shipped) rmSync(path.join(context.paths.bin, name), { force: true });
    task.done(found.cli.line);
    return found.cli;
  }
  const folder = path.join(context.paths.cache, "tools", `pulumi-v${wanted}-official`);
  let why: string;
  if (existsSync(path.join(folder, "pulumi"))) {
    for (const name of shipped) place(path.join(folder, name), path.join(context.paths.bin, name));
    const line = `${wanted}, official download, kept in .plane-ops/cache`;
    task.done(line);
    return { file: path.join(context.paths.bin, "pulumi"), official: true, line };
  }
  const reach = await context.downloads();
  if (reach.ok) {
    try {
      await fetchOfficial(context, folder, (text) => task.now(text));
      for (const name of shipped) place(path.join(folder, name), path.join(context.paths.bin, name));
      const line = `${wanted}, official download, checked against the release's checksums (${found.why})`;
      task.done(line);
      return { file: path.join(context.paths.bin, "pulumi"), official: true, line };
    } catch (error) {
      why = (error as Error).message;
    }
  } else {
    why = `no download, ${reach.why}`;
  }
  const built = await buildGoTool(context, cliTool(wanted), task);
  place(built.file, path.join(context.paths.bin, "pulumi"));
  const line = `${wanted}, ${built.how} (${found.why}; ${why})`;
  task.done(line);
  return { file: path.join(context.paths.bin, "pulumi"), official: false, line };
}

export function cliTool(version: string): GoTool {
  const name = "pulumi";
  return {
    name,
    folder: "tools/pulumi",
    package: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
    version: `v${version}`,
  };
}

/** Looks for a CLI of a fitting version on PATH. `why` says why there is none. */
export async function onPath(context: Context, folders: string[]): Promise<{ cli?: Cli; why: string }> {
  const wanted = context.versions.tools.pulumi;
  const file = findExecutable("pulumi", folders);
  if (!file) return { why: "none on PATH" };
  const env = { ...process.env, PULUMI_SKIP_UPDATE_CHECK: "true", PULUMI_HOME: context.paths.pulumiHome };
  const answer = await run(file, ["version"], { timeout: 10_000, env, signal: context.signal });
  const version = answer.stdout.trim();
  if (answer.code !== 0) return { why: `${file} does not run` };
  if (!fits(version, wanted)) return { why: `${file} is ${version}, ${wanted} or a newer 3.x is needed` };
  const beside = ["pulumi-language-nodejs", "pulumi-resource-pulumi-nodejs"].every((name) =>
    findExecutable(name, [path.dirname(file), ...folders]),
  );
  const line = `${version.replace(/^v/, "")}, on PATH (${file})`;
  return { cli: { file, official: beside, line }, why: "" };
}

async function fetchOfficial(context: Context, folder: string, now: (text: string) => void): Promise<void> {
  const version = context.versions.tools.pulumi;
  const platform = `${process.platform}-${process.arch}`;
  const name = `pulumi-v${version}-${platform}.tar.gz`;
  const sums = await fetchText(`${releases.checksums}/v${version}/pulumi-${version}-checksums.txt`);
  const sha256 = checksumOf(sums, name);
  if (!sha256) throw new Error(`the release's checksums do not name ${name}`);
  const archive = path.join(context.paths.cache, "downloads", name);
  await download(`${releases.archives}/${name}`, archive, {
    sha256,
    signal: context.signal,
    onProgress: (bytes, total) =>
      now(
        `downloading ${total > 0 ? `${Math.floor((100 * bytes) / total)} %` : `${Math.floor(bytes / 1e6)} MB`}`,
      ),
  });
  await unpackRelease(archive, folder, context.signal);
}

/** The SHA-256 that a checksum file gives for a file name. */
export function checksumOf(sums: string, name: string): string | undefined {
  for (const line of sums.split("\n")) {
    const [hash, file] = line.trim().split(/\s+\*?/);
    if (file === name && hash && /^[0-9a-f]{64}$/.test(hash)) return hash;
  }
  return undefined;
}

/** Unpacks a release into `folder`, which appears only when it is complete, and removes the archive. */
export async function unpackRelease(archive: string, folder: string, signal?: AbortSignal): Promise<void> {
  const next = `${folder}.${process.pid}`;
  rmSync(next, { recursive: true, force: true });
  mkdirSync(next, { recursive: true });
  const tar = await run("tar", ["-xzf", archive, "-C", next], signal ? { signal } : {});
  if (tar.code !== 0)
    throw new Error(`${path.basename(archive)} cannot be unpacked:\n${lastLines(tar.stderr, 3)}`);
  const inner = ["pulumi/bin", "pulumi", "."].map((dir) => path.join(next, dir));
  const source = inner.find((dir) => existsSync(path.join(dir, "pulumi-language-nodejs")));
  if (!source)
    throw new Error(`${path.basename(archive)} holds ${readdirSync(next).join(", ")}, but no pulumi`);
  rmSync(folder, { recursive: true, force: true });
  renameSync(source, folder);
  rmSync(next, { recursive: true, force: true });
  rmSync(archive, { force: true });
}
