import { type DockerHost, HostError, placeOf, runOrThrow } from "../host/run.ts";
import { shellWords } from "../host/shell.ts";

/** Beside what is counted: folders' blocks, a file that grows meanwhile. */
const MARGIN = 16 * 2 ** 20;

/**
 * Refuses when a file system has not enough room for what is about to be written.
 * @param needs bytes by the folder, which exists, that they go to.
 * @throws HostError with what is needed, what is free, and how to free some.
 */
export async function requireSpace(
  host: DockerHost,
  what: string,
  needs: Record<string, number>,
): Promise<void> {
  const folders = Object.keys(needs);
  const table = await runOrThrow(host, "looking at free space", `df -Pk ${shellWords(folders)}`);
  const rows = table.trim().split("\n").slice(1);
  const places = new Map<string, { folders: string[]; needed: number; free: number }>();
  folders.forEach((folder, index) => {
    const [, , , free = "0", , mount = folder] = (rows[index] ?? "").split(/\s+/);
    const place = places.get(mount) ?? { folders: [], needed: MARGIN, free: Number(free) * 1024 };
    place.folders.push(folder);
    place.needed += Math.ceil((needs[folder] ?? 0) * 1.05);
    places.set(mount, place);
  });
  for (const [mount, { folders, needed, free }] of places) {
    if (needed <= free) continue;
    throw new HostError(
      `${what} needs ${sized(needed)} in ${folders.join(" and ")}, and ${sized(free)} are free there ` +
        `(file system ${mount} on ${placeOf(host)}); nothing was touched. Free some, as by: docker image prune`,
    );
  }
}

/** A number of bytes for people. */
export function sized(bytes: number): string {
  const mebibytes = bytes / 2 ** 20;
  return mebibytes < 1024 ? `${mebibytes.toFixed(1)} MiB` : `${(mebibytes / 1024).toFixed(1)} GiB`;
}
