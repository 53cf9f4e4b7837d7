import { chmodSync, existsSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";
import {
  bundlePlugins,
  dynamicProviderLauncher,
  type LauncherPlaces,
  pluginLauncher,
  STAND_IN_PLUGINS,
} from "../../tests/standins/plugins/launcher.ts";
import { type Cli, releases } from "./cli.ts";
import type { Context } from "./context.ts";
import { findExecutable, searchPath } from "./find.ts";
import { goPlatform } from "./go.ts";
import { download } from "./network.ts";
import { Problem } from "./problem.ts";
import { lastLines, run } from "./run.ts";

/** Provides the resource plugins: installed ones, else the official download, else stand-ins of this project. */
export async function providePlugins(context: Context, cli: Promise<Cli>): Promise<void> {
  const task = context.progress.begin("Pulumi plugins", "looking for them");
  const missing: [string, string][] = [];
  const taken: string[] = [];
  for (const [name, version] of Object.entries(context.versions.plugins)) {
    const found = installed(context, name, version);
    if (found) taken.push(`${name} ${version} ${found}`);
    else missing.push([name, version]);
  }
  if (missing.length > 0) {
    const why = await install(context, cli, missing, (text) => task.now(text));
    for (const [name, version] of missing) {
      const reason = why.get(name);
      if (reason === undefined) {
        rmSync(wrapper(context, name), { force: true });
        taken.push(`${name} ${version} official download`);
      }
    }
    const standins = missing.filter(([name]) => why.has(name));
    if (standins.length > 0) {
      for (const [name] of standins)
        write(wrapper(context, name), standinText(context, name, why.get(name) ?? ""));
      await bundlePlugins(context.paths.root);
      const names = standins.map(([name, version]) => `${name} ${version}`).join(", ");
      taken.push(`${names} stand-ins of this project (no download, ${why.get(standins[0]?.[0] ?? "")})`);
    }
  }
  task.done(taken.join("; "));
}

/** Provides the provider of dynamic resources, which only official releases of the CLI ship. */
export async function provideDynamicProvider(context: Context, cli: Cli): Promise<void> {
  if (cli.official) return;
  write(wrapper(context, "pulumi-nodejs"), dynamicProviderLauncher(places(context)));
}

function wrapper(context: Context, name: string): string {
  return path.join(context.paths.bin, `pulumi-resource-${name}`);
}

function write(file: string, text: string): void {
  mkdirSync(path.dirname(file), { recursive: true });
  const next = `${file}.${process.pid}`;
  writeFileSync(next, text);
  chmodSync(next, 0o755);
  renameSync(next, file);
}

function standinText(context: Context, name: string, why: string): string {
  const known = STAND_IN_PLUGINS.find((one) => one === name);
  if (known) return pluginLauncher(known, places(context));
  throw new Problem(
    `The Pulumi plugin ${name} cannot be downloaded (${why}) and has no stand-in.\n` +
      `Install it (pulumi plugin install resource ${name} ${context.versions.plugins[name]}), then run the command again.`,
  );
}

function places(context: Context): LauncherPlaces {
  return {
    root: context.paths.root,
    node: path.join(context.paths.root, "node_modules", "node", "bin", "node"),
  };
}

/** How a plugin of the pinned version is there already, or undefined. One of the user's is linked into PULUMI_HOME. */
export function installed(
  context: Context,
  name: string,
  version: string,
  home: string = process.env.PULUMI_HOME ?? path.join(homedir(), ".pulumi"),
  folders: string[] = searchPath([context.paths.bin]),
): string | undefined {
  const folder = path.join("plugins", `resource-${name}-v${version}`);
  const ours = path.join(context.paths.pulumiHome, folder);
  const program = `pulumi-resource-${name}`;
  const drop = () => rmSync(wrapper(context, name), { force: true });
  if (existsSync(path.join(ours, program))) {
    drop();
    return "installed";
  }
  const theirs = path.join(home, folder);
  if (existsSync(path.join(theirs, program)) && !existsSync(`${theirs}.partial`)) {
    mkdirSync(path.dirname(ours), { recursive: true });
    rmSync(ours, { recursive: true, force: true });
    symlinkSync(theirs, ours);
    drop();
    return `installed in ${path.dirname(theirs)}`;
  }
  const onPath = findExecutable(program, folders);
  if (onPath) {
    drop();
    return `on PATH (${onPath}; its version is not checked)`;
  }
  return undefined;
}

function publisherOf(name: string, version: string): string {
  const others = releases.othersPlugins[name];
  return others === undefined ? releases.plugins : `${others}/v${version}`;
}

/** Downloads plugins and has the CLI install them. Returns why not, for each one that did not come. */
async function install(
  context: Context,
  cli: Promise<Cli>,
  plugins: [string, string][],
  now: (text: string) => void,
): Promise<Map<string, string>> {
  const reach = await context.downloads();
  if (!reach.ok) return new Map(plugins.map(([name]) => [name, reach.why]));
  const failed = new Map<string, string>();
  const env = { ...process.env, PULUMI_HOME: context.paths.pulumiHome, PULUMI_SKIP_UPDATE_CHECK: "true" };
  for (const [name, version] of plugins) {
    const archive = `pulumi-resource-${name}-v${version}-${goPlatform()}.tar.gz`;
    const file = path.join(context.paths.cache, "downloads", archive);
    try {
      // Not by the CLI: its own download does not notice a connection that has gone silent.
      await download(`${publisherOf(name, version)}/${archive}`, file, {
        signal: context.signal,
        onProgress: (bytes) => now(`downloading ${name} ${version}, ${Math.floor(bytes / 1e6)} MB`),
      });
      const args = ["plugin", "install", "resource", name, version, "--file", file];
      const answer = await run((await cli).file, args, { env, signal: context.signal });
      if (answer.code !== 0)
        failed.set(
          name,
          lastLines(answer.stderr, 1)
            .trim()
            .replace(/^error: /, ""),
        );
    } catch (error) {
      failed.set(name, (error as Error).message);
    } finally {
      rmSync(file, { force: true });
    }
  }
  return failed;
}
