import { join } from "node:path";
import { type DockerHost, HostError, run, runOrThrow } from "../host/run.ts";
import { shellQuote, shellWords } from "../host/shell.ts";
import { findGateway, type Gateway, sandboxesIn, startGateway, stopGateway, versionOf } from "./gateway.ts";
import { STOP_GRACE } from "./hardening.ts";
import { imageIdOf } from "./image.ts";
import { listSaved, MANIFEST, manifestText, type SavedRelease, type Where } from "./saved.ts";
import { requireSpace } from "./space.ts";
import { settleState } from "./stateFolder.ts";
import { nextName } from "./succession.ts";
import type { Writer } from "./writer.ts";

export interface SaveOptions {
  /** The day that names the release and its tag, as `2026-02-28`; today (UTC) by default. */
  date?: string;
  /** The gateway stays stopped, for a release follows that starts one. */
  leaveStopped: boolean;
}

/** For what reads and writes a gigabyte on a slow disk. */
const TIMEOUT = 3600;

/**
 * Saves what runs: its image (tag and archive), then state and configuration from a gateway that is stopped for it,
 * each read back before it counts. The release appears under its name at the very end, so that a kill leaves no half
 * one; a failure starts the gateway again. After a kill, the next save removes what is left, and starts the gateway
 * that the killed one had stopped; so does `pulumi up --refresh`, and by hand `docker start`.
 * @throws HostError when there is no container, too little room (nothing is touched then), or a step fails.
 */
export async function saveRelease(
  host: DockerHost,
  where: Where,
  options: SaveOptions,
): Promise<SavedRelease> {
  const gateway = await findGateway(host, where.container);
  if (gateway === undefined)
    throw new HostError(`there is no container ${where.container}, so there is no release to save`);
  const { image, imageId } = gateway;
  const version = await versionOf(host, gateway);
  return save(host, where, { writer: { version, image, imageId }, gateway, hasImage: true }, options);
}

/**
 * As {@link saveRelease}, of what a gateway that is gone has left: state and configuration, and its image where the host
 * or an earlier release has that still.
 */
export async function saveLeft(
  host: DockerHost,
  where: Where,
  writer: Writer,
  date?: string,
): Promise<SavedRelease> {
  // A killed attempt may have left it running.
  await run(host, `docker stop --time ${STOP_GRACE} ${shellQuote(nextName(where.container))}`);
  const hasImage = writer.imageId !== "" && (await imageIdOf(host, writer.imageId)) !== undefined;
  return save(host, where, { writer, hasImage }, { ...(date ? { date } : {}), leaveStopped: true });
}

async function save(
  host: DockerHost,
  where: Where,
  what: Pick<Task, "writer" | "gateway" | "hasImage">,
  { date = new Date().toISOString().slice(0, 10), leaveStopped }: SaveOptions,
): Promise<SavedRelease> {
  await settleState(host, where);
  const earlier = await listSaved(host, where.releases);
  const twin = earlier.find(
    ({ imageId, imageArchive }) => imageId === what.writer.imageId && imageArchive !== undefined,
  );
  await prepare(host, where);
  await requireRoom(host, where, what.hasImage && !twin ? what.writer.imageId : undefined);
  const task: Task = { ...what, date, name: await freeName(host, where, date), twin, wasRunning: false };
  try {
    const saved = await archive(host, where, task);
    if (task.wasRunning && !leaveStopped) await startGateway(host, where.container);
    await run(host, `rm -f ${shellQuote(stoppedMark(where))}`);
    return saved;
  } catch (error) {
    await run(host, `rm -rf ${shellQuote(partialOf(where, task))}`);
    if (task.wasRunning) await startAgain(host, where, error);
    throw error;
  }
}

interface Task {
  /** Whose state it is. */
  writer: Writer;
  /** Its container, where it is there still. */
  gateway?: Gateway;
  /** Whether the host has its image. */
  hasImage: boolean;
  date: string;
  /** Of the release. */
  name: string;
  /** A release with the same image. */
  twin: SavedRelease | undefined;
  /** Whether this save, or one that was killed, has stopped the gateway. */
  wasRunning: boolean;
}

function partialOf({ releases }: Where, { name }: Task): string {
  return join(releases, `.partial-${name}`);
}

/** The image first, for it does not change: the gateway stands still for its state alone. */
async function archive(host: DockerHost, where: Where, task: Task): Promise<SavedRelease> {
  const { writer, gateway, name } = task;
  const partial = partialOf(where, task);
  await runOrThrow(host, `making ${partial}`, `mkdir -m 700 ${shellQuote(partial)}`);
  const createdAt = new Date().toISOString();
  const image = await archiveImage(host, task, join(partial, "image.tar"));

  if (gateway) task.wasRunning = await stop(host, where, gateway);
  const container = join(partial, "container.json");
  const inspect = gateway ? `docker container inspect ${shellQuote(gateway.name)}` : "echo '[]'";
  await runOrThrow(
    host,
    `noting what ${where.container} is`,
    `umask 077; ${inspect} > ${shellQuote(container)}`,
  );
  const state = await archiveState(host, where.folder, join(partial, `openclaw-state-${name}.tar.gz`));
  const configuration = await copyConfiguration(host, where.configFile, join(partial, "openclaw.json"));
  const saved = { name, ...writer, createdAt, state, ...image, ...configuration, container };
  return publish(host, where, partial, saved);
}

/** Gives a release that is whole its name. */
async function publish(
  host: DockerHost,
  where: Where,
  partial: string,
  saved: SavedRelease,
): Promise<SavedRelease> {
  const final = join(where.releases, saved.name);
  const script = [
    "set -e; umask 077",
    `cd ${shellQuote(partial)}`,
    `cat > ${MANIFEST}`,
    "sync -- * .",
    "cd /",
    `mv -T ${shellQuote(partial)} ${shellQuote(final)}`,
    `sync -- ${shellQuote(where.releases)}`,
  ];
  await runOrThrow(host, `writing ${MANIFEST}`, script.join("\n"), {
    stdin: manifestText(saved),
    timeout: TIMEOUT,
  });
  const found = (await listSaved(host, where.releases)).find(({ name }) => name === saved.name);
  if (found === undefined) throw new HostError(`${final} was saved, and is gone. Run it again`);
  await copyForBackup(host, where, found);
  return found;
}

/** Puts the copy for Zerobyte where it is missing. */
export async function copyForBackup(
  host: DockerHost,
  { copies }: Where,
  { state }: SavedRelease,
): Promise<void> {
  const name = state.file.slice(state.file.lastIndexOf("/") + 1);
  const [copy, partial] = [join(copies, name), join(copies, `.partial-${name}`)].map(shellQuote);
  const script = [
    "set -e; umask 077",
    `[ "$(stat -c %s ${copy} 2> /dev/null)" != ${state.bytes} ] || exit 0`,
    `[ -d ${shellQuote(copies)} ] || install -d -m 700 ${shellQuote(copies)}`,
    `cp ${shellQuote(state.file)} ${partial}`,
    `mv ${partial} ${copy}`,
  ];
  await runOrThrow(host, `copying ${name} to ${copies}`, script.join("\n"), { timeout: TIMEOUT });
}

/** The releases' folder, for its owner alone, without what a killed save left. */
async function prepare(host: DockerHost, { releases, copies }: Where): Promise<void> {
  const script = [
    "set -e",
    `install -d -m 700 ${shellQuote(releases)}`,
    `[ -d ${shellQuote(copies)} ] || install -d -m 700 ${shellQuote(copies)}`,
    `rm -rf ${shellQuote(releases)}/.partial-* ${shellQuote(copies)}/.partial-*`,
  ];
  await runOrThrow(host, `preparing ${releases}`, script.join("\n"));
}

/**
 * Room for state and image as they are, unpacked: a bound that needs no guess.
 * @param imageId of an image that is to be archived.
 */
async function requireRoom(
  host: DockerHost,
  { container, folder, releases, copies }: Where,
  imageId: string | undefined,
): Promise<void> {
  const sizes = await runOrThrow(
    host,
    "measuring state and image",
    [
      "set -e",
      imageId === undefined ? "echo 0" : `docker image inspect --format '{{.Size}}' ${shellQuote(imageId)}`,
      `[ ! -d ${shellQuote(folder)} ] || du -sk ${shellQuote(folder)}`,
    ].join("\n"),
    { timeout: TIMEOUT },
  );
  const [image = "0", state = "0"] = sizes.split("\n").map((line) => line.split("\t")[0] || "0");
  await requireSpace(host, `saving ${container}`, {
    [releases]: Number(state) * 1024 + Number(image),
    [copies]: Number(state) * 1024,
  });
}

/** Stops gateway and sandboxes; whether the gateway ran, or a killed save had stopped it. */
async function stop(host: DockerHost, where: Where, { name, running }: Gateway): Promise<boolean> {
  const mark = shellQuote(stoppedMark(where));
  if (running) {
    await runOrThrow(host, `noting that ${name} runs`, `: > ${mark}`);
    await stopGateway(host, name);
  }
  const sandboxes = await sandboxesIn(host, where.folder);
  // What is idle in there ignores signals.
  if (sandboxes.length > 0)
    await runOrThrow(host, "stopping sandboxes", `docker stop --time 1 ${shellWords(sandboxes)} > /dev/null`);
  return running || (await run(host, `[ -e ${mark} ]`)).code === 0;
}

/** Says that a save has stopped the gateway. */
function stoppedMark({ releases }: Where): string {
  return join(releases, ".gateway-was-running");
}

async function freeName(host: DockerHost, { releases }: Where, date: string): Promise<string> {
  const script = firstFree(date, (name) => `[ ! -e ${shellQuote(releases)}/"${name}" ]`);
  return (await runOrThrow(host, "naming the release", script)).trim();
}

/** A shell loop that says the first of `x`, `x-2`, `x-3`, ... for which a test holds. */
function firstFree(name: string, test: (variable: string) => string): string {
  return `name=${shellQuote(name)}; number=1; until ${test("$name")}; do number=$((number + 1)); name=${shellQuote(name)}-$number; done; echo "$name"`;
}

/** Tags an image `openclaw:backup-<date>`, or with a number after it where that is the tag of another one. */
async function tagImage(host: DockerHost, imageId: string, date: string): Promise<string> {
  const idOf = (tag: string) => `$(docker image inspect --format '{{.Id}}' "${tag}" 2> /dev/null || :)`;
  const isFree = (tag: string) =>
    `found="${idOf(tag)}"; [ "$found" = "" ] || [ "$found" = ${shellQuote(imageId)} ]`;
  const script = [
    "set -e",
    firstFree(`openclaw:backup-${date}`, isFree),
    `docker tag ${shellQuote(imageId)} "$name"`,
  ].join("\n");
  return (await runOrThrow(host, "tagging the image", script)).trim();
}

async function archiveState(host: DockerHost, folder: string, file: string): Promise<SavedRelease["state"]> {
  const [from, to] = [shellQuote(folder), shellQuote(file)];
  const present = (await run(host, `[ -d ${from} ]`)).code === 0;
  const what = present ? `--directory ${from} .` : "--files-from /dev/null";
  // Sockets are the running gateway's: tar skips them.
  const tar = `tar --create --gzip --numeric-owner --warning=no-file-ignored ${what}`;
  const written = await writeVerified(host, "archiving the state", tar, file);
  const script = [
    `tar -tzf ${to} | wc -l`,
    present ? `find ${from} ! -type s -printf x | wc -c; du -sk ${from} | cut -f 1` : "echo 0; echo 0",
  ].join("\n");
  const counts = await runOrThrow(host, "reading the state's archive", script, { timeout: TIMEOUT });
  const [entries = 0, expected = 0, kibibytes = 0] = counts.trim().split("\n").map(Number);
  if (entries !== expected)
    throw new HostError(
      `the archive of ${folder} has ${entries} entries, and the folder ${expected}: something else writes there. ` +
        "Stop it, then run it again",
    );
  return { file, ...written, entries, unpacked: kibibytes * 1024 };
}

/** Tag and archive of the image, as far as there is one. A file with the same image is shared: a gigabyte each. */
async function archiveImage(
  host: DockerHost,
  { writer: { imageId }, hasImage, date, twin }: Task,
  file: string,
): Promise<Pick<SavedRelease, "tag" | "imageArchive">> {
  const tag = hasImage ? { tag: await tagImage(host, imageId, date) } : {};
  const to = shellQuote(file);
  if (twin?.imageArchive) {
    const { file: from, sha256, bytes } = twin.imageArchive;
    const share = `ln ${shellQuote(from)} ${to} && sha256sum < ${to} | cut -c-64`;
    const outcome = await run(host, share, { timeout: TIMEOUT });
    if (outcome.stdout.trim() === sha256) return { ...tag, imageArchive: { file, sha256, bytes } };
    await runOrThrow(host, `leaving ${from}, which is damaged`, `rm -f ${to}`);
  }
  if (!hasImage) return {};
  const written = await writeVerified(host, "saving the image", `docker save ${shellQuote(imageId)}`, file);
  const hex = imageId.replace("sha256:", "");
  await runOrThrow(
    host,
    "reading the image's archive",
    // An engine with containerd's image store names the id in the second of these.
    `for each in manifest.json index.json; do tar -xOf ${to} "$each" 2> /dev/null; done | grep -qF ${hex} || { echo "the image is not in it" >&2; exit 1; }`,
    { timeout: TIMEOUT },
  );
  return { ...tag, imageArchive: { file, ...written } };
}

async function copyConfiguration(
  host: DockerHost,
  from: string,
  file: string,
): Promise<Pick<SavedRelease, "configuration">> {
  if ((await run(host, `[ -f ${shellQuote(from)} ]`)).code !== 0) return {};
  const { sha256 } = await writeVerified(host, `copying ${from}`, `cat ${shellQuote(from)}`, file);
  return { configuration: { file, sha256 } };
}

/** Writes what a command says into a file, and reads it back: what is on disk has to be what was said. */
async function writeVerified(
  host: DockerHost,
  step: string,
  producer: string,
  file: string,
): Promise<{ sha256: string; bytes: number }> {
  const [to, done] = [shellQuote(file), shellQuote(`${file}.done`)];
  const script = [
    "set -e; umask 077",
    // The mark, because a pipe has the exit code of its end.
    `written=$({ ${producer} && : > ${done}; } | tee ${to} | sha256sum | cut -c-64)`,
    `[ -e ${done} ] || { echo "it was not written to its end" >&2; exit 1; }`,
    `rm ${done}`,
    `[ "$(sha256sum < ${to} | cut -c-64)" = "$written" ] || { echo "what is on the disk is not what was written" >&2; exit 1; }`,
    `echo "$written $(stat -c %s ${to})"`,
  ].join("\n");
  const said = await runOrThrow(host, step, script, { timeout: TIMEOUT });
  const [sha256 = "", bytes] = said.trim().split(" ");
  return { sha256, bytes: Number(bytes) };
}

/** After a failure, so that the cause is told whatever comes of this. */
async function startAgain(host: DockerHost, where: Where, cause: unknown): Promise<void> {
  const { code } = await run(host, `docker start ${shellQuote(where.container)}`);
  if (code === 0) {
    await run(host, `rm -f ${shellQuote(stoppedMark(where))}`);
    return;
  }
  const why = cause instanceof Error ? cause.message : String(cause);
  throw new HostError(`${why}. And ${where.container} did not start again: docker start ${where.container}`);
}
