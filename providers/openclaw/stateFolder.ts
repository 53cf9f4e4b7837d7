import { join } from "node:path";
import { type DockerHost, run, runOrThrow } from "../host/run.ts";
import { shellQuote } from "../host/shell.ts";
import type { SavedRelease, Where } from "./saved.ts";

/** Where a restored state is until it takes the folder's place: unpacked there in full, never half. */
export function restoredFolder({ folder }: Where): string {
  return `${folder}.restored`;
}

/** Ends a restore that was killed between its renames, when the folder has no name of its own, or not yet its mark. */
export async function settleState(host: DockerHost, where: Where): Promise<void> {
  const paths = [where.folder, restoredFolder(where), nextMark(where), restoredMark(where)];
  const [folder, restored, next, mark] = paths.map(shellQuote);
  await runOrThrow(
    host,
    `finishing a restore of ${where.folder}`,
    [
      "set -e",
      `[ -e ${folder} ] || [ ! -d ${restored} ] || mv -T ${restored} ${folder}`,
      `[ -e ${restored} ] || [ ! -e ${next} ] || mv -T ${next} ${mark}`,
    ].join("\n"),
  );
}

/**
 * Whether a release holds all of the present state: it has not changed since it was saved, or came from there and has
 * not changed since. Told by change times, which no program can set; what this program writes itself does not count.
 */
export async function isUnchangedSince(
  host: DockerHost,
  where: Where,
  saved: SavedRelease,
): Promise<boolean> {
  // Made when the gateway was stopped and before the state was read.
  return (await isOlderThan(host, where, saved.container)) || (await isRestoredFrom(host, where, saved));
}

/** Whether the present state came from a release, and nothing has written to it since. */
export async function isRestoredFrom(host: DockerHost, where: Where, saved: SavedRelease): Promise<boolean> {
  const mark = restoredMark(where);
  const { stdout } = await run(host, `cat ${shellQuote(mark)} 2> /dev/null`);
  return stdout === markText(saved) && (await isOlderThan(host, where, mark));
}

/** A file beside the folder that says from which release it was restored; written when that was unpacked. */
export function restoredMark(where: Where): string {
  return `${restoredFolder(where)}-from`;
}

/** The mark of what is about to take the folder's place. */
export function nextMark(where: Where): string {
  return `${restoredMark(where)}.next`;
}

export function markText({ name, state }: SavedRelease): string {
  return `${name} ${state.sha256}\n`;
}

/** Whether nothing in the state changed after a file did. */
async function isOlderThan(host: DockerHost, where: Where, file: string): Promise<boolean> {
  const folder = shellQuote(where.folder);
  const managed = (where.managed ?? []).map(
    (path) => `-path ${shellQuote(join(where.folder, path))} -prune -o`,
  );
  const script = [
    `[ -d ${folder} ] || exit 0`,
    // The folder itself aside: a rename changes it.
    `find ${folder} -mindepth 1 ${managed.join(" ")} -cnewer ${shellQuote(file)} -print -quit`,
  ].join("\n");
  return (await runOrThrow(host, `looking for changes in ${where.folder}`, script, { timeout: 600 })) === "";
}
