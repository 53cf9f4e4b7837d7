import path from "node:path";
import type { Context } from "./context.ts";
import type { Engine } from "./docker.ts";
import { askEngine } from "./engine.ts";
import { noteImage, updateMade } from "./made.ts";
import { Problem } from "./problem.ts";
import type { Task } from "./progress.ts";
import { lastLines, run } from "./run.ts";

/** The label by which stand-in images are known. */
const standinLabel = "io.javisi.standin";

/** An image as the engine describes it. */
interface Found {
  id: string;
  standin: boolean;
}

/** Provides every image of versions.yml: one that is there, else from its registry, else built on the spot. */
export async function provideImages(context: Context, engine: Engine): Promise<void> {
  const task = context.progress.begin("Images", "looking for them");
  const wanted = Object.entries(context.versions.images).map(([name, reference]) => ({ name, reference }));
  const there = new Map<string, Found>();
  for (const { reference } of wanted) {
    const found = await findImage(engine, reference);
    if (found) there.set(reference, found);
  }
  const parts: string[] = [];
  const official = wanted.filter(({ reference }) => there.get(reference)?.standin === false);
  if (official.length > 0) parts.push(`${official.length} present`);
  const missing = wanted.filter(({ reference }) => !there.has(reference));
  const why = await pull(context, engine, missing, task);
  const pulled = missing.filter(({ name }) => !why.has(name));
  if (pulled.length > 0) parts.push(`${pulled.length} pulled`);
  const standins = wanted.filter(({ name, reference }) => why.has(name) || there.get(reference)?.standin);
  if (standins.length > 0) {
    const built = await build(context, engine, standins, task);
    const reason = [...why.values()][0];
    if (built > 0)
      parts.push(
        `${built} built on the spot${reason ? ` (no registry, ${reason})` : " (their recipe changed)"}`,
      );
    if (built < standins.length) parts.push(`${standins.length - built} built earlier`);
  }
  task.done(`${parts.join(", ")} of ${wanted.length}`);
}

async function findImage(engine: Engine, reference: string): Promise<Found | undefined> {
  const answer = await askEngine(engine.endpoint, `/images/${encodeURIComponent(reference)}/json`);
  if (answer.status !== 200) return undefined;
  return { id: answer.body.Id, standin: answer.body.Config?.Labels?.[standinLabel] !== undefined };
}

/** Pulls images. Returns why not, by name, for those that did not come: a silent registry is given up for all. */
async function pull(
  context: Context,
  engine: Engine,
  images: { name: string; reference: string }[],
  task: Task,
): Promise<Map<string, string>> {
  const failed = new Map<string, string>();
  let registry = "";
  for (const { name, reference } of images) {
    if (registry) {
      failed.set(name, registry);
      continue;
    }
    task.now(`pulling ${reference}`);
    const answer = await run("docker", ["pull", reference], {
      signal: context.signal,
      silence: 10_000,
      env: clientEnvironment(context),
      onLine: (line) => task.now(`pulling ${reference}: ${line.slice(0, 60)}`),
    });
    if (context.signal.aborted) throw new Problem("stopped");
    const found = answer.code === 0 ? await findImage(engine, reference) : undefined;
    if (found) {
      updateMade(context.paths, (made) => noteImage(made, { reference, id: found.id }));
      continue;
    }
    const why = answer.timedOut ? "no answer within 10 s" : pullReason(answer.stderr);
    failed.set(name, why);
    // "not found" is about this image; anything else is about the registry.
    if (!/not found|manifest unknown|denied/.test(why)) registry = why;
  }
  return failed;
}

/** The words of a failed pull that say what is wrong. */
export function pullReason(stderr: string): string {
  const line = lastLines(stderr, 1).trim();
  if (/no such host|server misbehaving|Temporary failure in name resolution/.test(line)) {
    const host = /lookup (\S+)/.exec(line)?.[1];
    return `${host ? `${host}: ` : ""}its name is not known here`;
  }
  if (/connection refused/.test(line)) return "it refuses connections";
  if (/timeout|deadline|Client\.Timeout/.test(line)) return "no answer in time";
  return line.replace(/^Error response from daemon: /, "").slice(0, 160) || "docker pull failed";
}

/** PATH with the client that fits the engine. */
function clientEnvironment(context: Context): NodeJS.ProcessEnv {
  return { ...process.env, PATH: `${context.paths.bin}${path.delimiter}${process.env.PATH ?? ""}` };
}

/** Builds stand-ins where they are missing or their recipe changed; returns how many were built. */
async function build(
  context: Context,
  engine: Engine,
  images: { name: string; reference: string }[],
  task: Task,
): Promise<number> {
  const module = await import("../../tests/standins/images/build.ts");
  const unknown = images.filter(({ name }) => !module.isStandinName(name));
  if (unknown.length > 0) {
    throw new Problem(
      `No stand-in is known for ${unknown.map(({ reference }) => reference).join(", ")}, and the registry does not answer.\n` +
        "Give Docker access to a registry that has the image, then run the command again.",
    );
  }
  const before = new Set((await standinImages(engine)).map((image) => image.id));
  let done = 0;
  try {
    const outcome = await module.buildStandinImages(
      images as Parameters<typeof module.buildStandinImages>[0],
      (line) => task.now(line.slice(0, 100)),
    );
    done = outcome.filter((image) => image.outcome === "built").length;
  } catch (error) {
    throw new Problem(
      `${(error as Error).message}\nMend this, then run the command again; what is built is kept.`,
    );
  } finally {
    const made = (await standinImages(engine)).filter((image) => !before.has(image.id));
    if (made.length > 0) {
      updateMade(context.paths, (record) => {
        for (const image of made) noteImage(record, image);
      });
    }
  }
  return done;
}

async function standinImages(engine: Engine): Promise<{ id: string; reference: string }[]> {
  const filters = encodeURIComponent(JSON.stringify({ label: [standinLabel] }));
  const answer = await askEngine(engine.endpoint, `/images/json?filters=${filters}`);
  if (answer.status !== 200) return [];
  return (answer.body as { Id: string; RepoTags: string[] | null }[]).map((image) => ({
    id: image.Id,
    reference: image.RepoTags?.[0] ?? image.Id,
  }));
}
