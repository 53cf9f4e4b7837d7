import { type DockerHost, run, runOrThrow } from "../host/run.ts";
import { shellQuote, shellWords } from "../host/shell.ts";
import type { SavedRelease } from "./saved.ts";

/** A file of a saved release, and what it has to be. */
export interface SavedFile {
  file: string;
  sha256: string;
}

/** A gigabyte takes seconds to read; this is for a slow disk. */
const TIMEOUT = 1800;

/** What is wrong with the files of a saved release, by checksum: for each a sentence, none when all is well. */
export async function verifySaved(host: DockerHost, saved: SavedRelease): Promise<string[]> {
  const { state, imageArchive, configuration } = saved;
  return damageOf(
    host,
    [state, imageArchive, configuration].filter((file) => file !== undefined),
  );
}

/** As {@link verifySaved}, for some files. */
export async function damageOf(host: DockerHost, files: SavedFile[]): Promise<string[]> {
  const sums = files.map(({ file }) => `{ sha256sum < ${shellQuote(file)} || echo missing; } 2> /dev/null`);
  const said = await runOrThrow(host, "reading archives", sums.join("\n"), { timeout: TIMEOUT });
  const found = said.split("\n").map((line) => line.split(" ")[0]);
  return files.flatMap(({ file, sha256 }, index) => {
    if (found[index] === sha256) return [];
    return [
      found[index] === "missing"
        ? `${file} is missing`
        : `${file} is not what was saved (its checksum differs)`,
    ];
  });
}

/** Whether the archives are there in their full length. A refresh asks this: their checksums would take seconds. */
export async function looksWhole(host: DockerHost, { state, imageArchive }: SavedRelease): Promise<boolean> {
  const archives = imageArchive ? [state, imageArchive] : [state];
  const sizes = await run(host, `stat -c %s ${shellWords(archives.map(({ file }) => file))}`);
  return sizes.stdout === archives.map(({ bytes }) => `${bytes}\n`).join("");
}
