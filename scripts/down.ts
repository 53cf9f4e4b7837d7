import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { command } from "./command.ts";
import { type Engine, isOurs, lookForEngine, provideDocker, stopEngine } from "./setup/docker.ts";
import { askEngine } from "./setup/engine.ts";
import { acquire } from "./setup/lock.ts";
import { loadMade, type Made, updateMade } from "./setup/made.ts";
import { type Paths, pathsOf, projectName, stackName } from "./setup/paths.ts";
import { Problem } from "./setup/problem.ts";
import { elapsed, Progress } from "./setup/progress.ts";
import { loadVersions } from "./setup/versions.ts";
import { isUntouched, stackFile } from "./setup/workspace.ts";
import { operate } from "./stack/engine.ts";
import { pulumiEnvironment } from "./stack/environment.ts";
import { leftOvers, removeObject } from "./stack/leftOvers.ts";
import { recover } from "./stack/recover.ts";
import { readState } from "./stack/state.ts";

await command(async (signal, args) => {
  const unknown = args.filter((arg) => arg !== "--keep-cache");
  if (unknown.length > 0) throw new Problem(`Unknown argument ${unknown.join(" ")}. Allowed: --keep-cache`);
  const keepCache = args.includes("--keep-cache");
  const started = Date.now();
  const paths = pathsOf();
  const progress = new Progress();
  const release = existsSync(paths.base) ? await acquire(paths, progress, signal) : () => {};
  try {
    const engine = await engineForRemoval(paths, progress, signal);
    if (engine) {
      await removeStack(paths, engine, progress, signal);
      if (!keepCache) await removeImages(paths, engine, progress);
    }
    await stopDocker(paths, progress);
    removeFiles(paths, keepCache, progress);
    release();
    if (!keepCache) rmSync(paths.base, { recursive: true, force: true });
    progress.say(`Down, ${elapsed(Date.now() - started)} in all`);
    return 0;
  } finally {
    release();
    progress.stop();
  }
});

/** The engine that holds what is to be removed; undefined when nothing in an engine is ours. */
async function engineForRemoval(
  paths: Paths,
  progress: Progress,
  signal: AbortSignal,
): Promise<Engine | undefined> {
  const made = loadMade(paths);
  if (!existsSync(stackFile(paths)) && made.images.length === 0) return undefined;
  const found = await lookForEngine();
  if (found.state === "running") {
    if (found.engine.dockerHost) process.env.DOCKER_HOST = found.engine.dockerHost;
    return found.engine;
  }
  // Containers outlive their engine: it is started once more to remove them, and stopped again at the end.
  const versions = loadVersions(paths.root);
  const nowhere = async () => ({ ok: false as const, why: "" });
  return provideDocker({ paths, versions, progress, signal, downloads: nowhere });
}

async function removeStack(
  paths: Paths,
  engine: Engine,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  if (!existsSync(stackFile(paths))) return;
  const env = pulumiEnvironment(paths);
  try {
    if (
      !existsSync(path.join(paths.bin, "pulumi-resource-docker")) &&
      !existsSync(path.join(paths.pulumiHome, "plugins"))
    ) {
      throw new Problem("the tools that `npm start` set up are gone");
    }
    await recover(paths, env, progress, { signal });
    if ((readState(paths)?.resources ?? 0) > 0) {
      await operate(
        paths,
        env,
        progress,
        { command: "destroy", args: [], preview: "looking at what to remove", work: "removing", next: "" },
        signal,
      );
    }
    progress.say("Stack: destroyed");
  } catch (error) {
    if (signal.aborted || !(error instanceof Problem)) throw error;
    progress.say(`Stack: Pulumi could not destroy it:\n${error.message.trim()}`);
    progress.say(
      `Stack: removing what carries the label io.javisi.stack=${projectName}/${stackName} instead`,
    );
  }
  for (const object of await leftOvers(paths, engine)) {
    progress.say(`Stack: ${await removeObject(engine, object)}`);
  }
}

async function removeImages(paths: Paths, engine: Engine, progress: Progress): Promise<void> {
  let due = loadMade(paths).images;
  let removed = 0;
  const kept = new Map<string, string>();
  // Images that others are built upon go last: what fails in one round may succeed in the next.
  for (let round = 0; round < 3 && due.length > 0; round++) {
    const failed: Made["images"] = [];
    for (const image of due) {
      const found = await askEngine(engine.endpoint, `/images/${encodeURIComponent(image.reference)}/json`);
      if (found.status !== 200 || found.body.Id !== image.id) continue;
      const answer = await askEngine(engine.endpoint, `/images/${encodeURIComponent(image.reference)}`, {
        method: "DELETE",
        timeout: 60_000,
      });
      if (answer.status === 200) removed++;
      else {
        failed.push(image);
        kept.set(image.reference, String(answer.body?.message ?? answer.status));
      }
    }
    due = failed;
  }
  updateMade(paths, (made) => {
    made.images = due;
  });
  if (removed > 0) progress.say(`Images: ${removed} removed`);
  for (const { reference } of due) progress.say(`Images: ${reference} stays (${kept.get(reference)})`);
}

async function stopDocker(paths: Paths, progress: Progress): Promise<void> {
  const made = loadMade(paths);
  if (made.packages.length > 0) {
    const names = made.packages.join(" ");
    progress.say(`Debian's packages stay: ${names} (apt-get remove ${names} removes them)`);
  }
  if (!made.docker) return;
  if (isOurs(made.docker)) {
    const task = progress.begin("Docker", "stopping the engine that start started");
    if (!(await stopEngine(made.docker))) {
      task.drop();
      throw new Problem(
        `Docker's engine (pid ${made.docker.pid}) did not end within 30 s. Run: kill -9 ${made.docker.pid}; npm run down`,
      );
    }
    task.done("stopped (start had started it)");
  }
  updateMade(paths, (record) => {
    delete record.docker;
  });
}

function removeFiles(paths: Paths, keepCache: boolean, progress: Progress): void {
  if (existsSync(paths.settings)) {
    const mine = loadMade(paths).settings;
    if (mine && isUntouched(readFileSync(paths.settings, "utf8"))) rmSync(paths.settings);
    else
      progress.say(
        `${path.basename(paths.settings)} stays: ${mine ? "it was edited" : "start did not write it"}`,
      );
  }
  const kept = new Set(["bin", "cache", "tools.stamp", "made.json", "node_modules.json", "setup.lock"]);
  if (keepCache) {
    for (const name of existsSync(paths.base) ? readdirSync(paths.base) : []) {
      if (name === "pulumi") removeAllBut(paths.pulumiHome, "plugins");
      else if (!kept.has(name)) rmSync(path.join(paths.base, name), { recursive: true, force: true });
    }
    progress.say("Kept: tools, downloads, images and node_modules");
    return;
  }
  let ours = false;
  try {
    ours = JSON.parse(readFileSync(paths.dependencies, "utf8")).installedByStart === true;
  } catch {
    // No stamp: somebody else installed them.
  }
  for (const name of existsSync(paths.base) ? readdirSync(paths.base) : []) {
    if (name !== "setup.lock") rmSync(path.join(paths.base, name), { recursive: true, force: true });
  }
  if (ours) rmSync(path.join(paths.root, "node_modules"), { recursive: true, force: true });
  else progress.say("node_modules stays: start did not install it");
}

function removeAllBut(folder: string, kept: string): void {
  for (const name of readdirSync(folder)) {
    if (name !== kept) rmSync(path.join(folder, name), { recursive: true, force: true });
  }
}
