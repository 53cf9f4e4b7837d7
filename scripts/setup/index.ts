import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { type Cli, provideCli } from "./cli.ts";
import type { Context, Reach } from "./context.ts";
import { checkSpace } from "./disk.ts";
import { provideDocker } from "./docker.ts";
import { findExecutable, searchPath } from "./find.ts";
import { dropGoCache } from "./go.ts";
import { provideImages } from "./images.ts";
import { provideLanguageHost } from "./languageHost.ts";
import { acquire } from "./lock.ts";
import { reach } from "./network.ts";
import type { Paths } from "./paths.ts";
import { provideDynamicProvider, providePlugins } from "./plugins.ts";
import type { Progress } from "./progress.ts";
import { loadVersions } from "./versions.ts";
import { provideWorkspace } from "./workspace.ts";

/** Sets everything up that a command needs: tools, engine, images, file backend. Instant when nothing changed. */
export async function setUp(paths: Paths, progress: Progress, signal: AbortSignal): Promise<void> {
  const versions = loadVersions(paths.root);
  provideWorkspace(paths);
  const release = await acquire(paths, progress, signal);
  const failure = new AbortController();
  const context: Context = {
    paths,
    versions,
    progress,
    signal: AbortSignal.any([signal, failure.signal]),
    downloads: once(() => reach("https://get.pulumi.com/")),
  };
  try {
    const toolsReady = readStamp(paths) === toolsKey(paths);
    if (!toolsReady) checkSpace([paths.base, "/var/lib/docker"].filter((dir) => existsSync(dir)));
    const parts: Promise<unknown>[] = [
      provideDocker(context).then((engine) => provideImages(context, engine)),
    ];
    if (!toolsReady) {
      const cli = provideCli(context);
      parts.push(cli.then((found) => completeCli(context, found)));
      parts.push(providePlugins(context, cli));
    }
    for (const part of parts) part.catch((error) => failure.abort(error));
    const results = await Promise.allSettled(parts);
    // The first failure stopped the others: theirs are only its echo.
    if (failure.signal.aborted) throw failure.signal.reason;
    const failed = results.find((result) => result.status === "rejected");
    if (failed) throw failed.reason;
    if (!toolsReady) {
      dropGoCache(context);
      rmSync(path.join(paths.cache, "downloads"), { recursive: true, force: true });
      writeFileSync(stampOf(paths), `${toolsKey(paths)}\n`);
    }
  } finally {
    release();
  }
}

async function completeCli(context: Context, cli: Cli): Promise<void> {
  await provideLanguageHost(context, cli);
  await provideDynamicProvider(context, cli);
}

function once(ask: () => Promise<Reach>): () => Promise<Reach> {
  let answer: Promise<Reach> | undefined;
  return () => {
    answer ??= ask();
    return answer;
  };
}

function stampOf(paths: Paths): string {
  return path.join(paths.base, "tools.stamp");
}

function readStamp(paths: Paths): string {
  try {
    return readFileSync(stampOf(paths), "utf8").trim();
  } catch {
    return "";
  }
}

/** Changes when a tool has to be looked at again: pinned versions, sources, what lies in bin/, what is on PATH. */
function toolsKey(paths: Paths): string {
  const hash = createHash("sha256");
  const files = [
    "versions.yml",
    "tools/pulumi/go.sum",
    "tests/standins/language-host/go.sum",
    "tests/standins/language-host/main.go",
    "tests/standins/plugins/launcher.ts",
  ];
  for (const name of files) {
    const file = path.join(paths.root, name);
    hash.update(existsSync(file) ? readFileSync(file) : `no ${name}`);
  }
  mkdirSync(paths.bin, { recursive: true });
  const folders = searchPath([paths.bin, path.join(paths.root, "node_modules", ".bin")]);
  const there = readdirSync(paths.bin)
    .filter((name) => name.startsWith("pulumi"))
    .sort();
  return hash
    .update(`${there.join()}\n${findExecutable("pulumi", folders) ?? ""}\n${paths.root}`)
    .digest("hex");
}
