import { readFileSync, writeFileSync } from "node:fs";
import type { Place } from "../../scripts/backup/place.ts";
import { restore } from "../../scripts/backup/sequence.ts";

/**
 * A restore in a process of its own, which tests kill: `restoreProgram.ts <file with place and archive>`. Its number is
 * left beside the file before it begins.
 */
const [, , path = ""] = process.argv;
const { place, archive } = JSON.parse(readFileSync(path, "utf8")) as { place: Place; archive: string };
writeFileSync(`${path}.pid`, String(process.pid));
await restore(place, archive, { say: () => {}, confirm: async () => {} });
