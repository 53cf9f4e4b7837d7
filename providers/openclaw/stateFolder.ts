import { join } from "node:path";
import { type DockerHost, runOrThrow } from "../host/run.ts";
import { shellQuote } from "../host/shell.ts";
import type { SavedRelease, Where } from "./saved.ts";

/** Where a restored state is until it takes the folder's place: unpacked there in full, never half. */
export function restoredFolder({ folder }: Where): string {
  return `${folder}.restored`;
}

/** Ends a restore that was killed between its two renames, when the folder has no name of its own. */
export async function settleState(host: DockerHost, where: Where): Promise<void> {
  const [folder, restored] = [where.folder, restoredFolder(where)].map(shellQuote);
  await runOrThrow(
    host,
    `finishing a restore of ${where.folder}`,
    `[ -e ${folder} ] || [ ! -d ${restored} ] || mv -T ${restored} ${folder}`,
  );
}

/**
 * Whether the state is still what a release holds. Told by change times, which no program can set; what this program
 * writes itself does not count.
 */
export async function isUnchangedSince(
  host: DockerHost,
  where: Where,
  saved: SavedRelease,
): Promise<boolean> {
  // Made when the gateway was stopped and before the state was read.
  return (await firstNewer(host, where, saved.container)) === "";
}

/** The first path in the state that changed after a file, if any. */
export async function firstNewer(host: DockerHost, where: Where, file: string): Promise<string> {
  const folder = shellQuote(where.folder);
  const managed = (where.managed ?? []).map(
    (path) => `-path ${shellQuote(join(where.folder, path))} -prune -o`,
  );
  const script = [
    `[ -d ${folder} ] || exit 0`,
    `find ${folder} -mindepth 1 ${managed.join(" ")} -cnewer ${shellQuote(file)} -print -quit`,
  ].join("\n");
  return (await runOrThrow(host, `looking for changes in ${where.folder}`, script, { timeout: 600 })).trim();
}
