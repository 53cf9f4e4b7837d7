import { dirname, join } from "node:path";
import { type DockerHost, runOrThrow } from "../host/run.ts";
import { shellQuote } from "../host/shell.ts";
import { prunable } from "./retention.ts";
import { listSaved, type SavedRelease } from "./saved.ts";

/**
 * Removes the saved releases that are too many, each with its tag where no other release has it.
 * @returns the names of those that went.
 */
export async function pruneSaved(
  host: DockerHost,
  releases: string,
  keep: number,
  inUse: string[],
): Promise<string[]> {
  const saved = await listSaved(host, releases);
  const obsolete = prunable(saved, keep, inUse);
  const staying = new Set(saved.filter((each) => !obsolete.includes(each)).map(({ tag }) => tag));
  for (const each of obsolete) await remove(host, each, !staying.has(each.tag));
  return obsolete.map(({ name }) => name);
}

async function remove(host: DockerHost, saved: SavedRelease, withTag: boolean): Promise<void> {
  const folder = dirname(saved.state.file);
  // Under the name of an unfinished save: after a kill, the next one removes the rest.
  const partial = join(dirname(folder), `.partial-${saved.name}`);
  const tag = shellQuote(saved.tag ?? "");
  const untag = [
    `[ "$(docker image inspect --format '{{.Id}}' ${tag} 2> /dev/null)" != ${shellQuote(saved.imageId)} ] ||`,
    // Docker refuses when it is the last name of an image that a container has.
    `docker image rm ${tag} > /dev/null 2>&1 || :`,
  ];
  const script = [
    `rm -rf ${shellQuote(partial)} && mv -T ${shellQuote(folder)} ${shellQuote(partial)} && rm -rf ${shellQuote(partial)} || exit 1`,
    ...(withTag && saved.tag !== undefined ? [untag.join(" ")] : []),
  ];
  await runOrThrow(host, `removing the saved release ${saved.name}`, script.join("\n"), { timeout: 600 });
}
