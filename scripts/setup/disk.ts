import { existsSync, statfsSync } from "node:fs";
import path from "node:path";
import { Problem } from "./problem.ts";

/** Free space in bytes that set-up wants on each file system it writes to. */
export const wantedSpace = 3 * 1024 ** 3;

/** Throws a Problem when a folder's file system has less than `wanted` bytes free. A missing folder's parent counts. */
export function checkSpace(folders: string[], wanted: number = wantedSpace): void {
  const short: string[] = [];
  for (const folder of folders) {
    let dir = folder;
    while (!existsSync(dir)) dir = path.dirname(dir);
    const stats = statfsSync(dir);
    const free = stats.bavail * stats.bsize;
    if (free < wanted) short.push(`${folder} has ${gibibytes(free)} free`);
  }
  if (short.length === 0) return;
  throw new Problem(
    `Not enough disk space: ${short.join(", ")}; ${gibibytes(wanted)} are needed.\n` +
      "Make room (docker system df shows what Docker holds), then run the command again.",
  );
}

function gibibytes(bytes: number): string {
  return `${(bytes / 1024 ** 3).toFixed(1)} GiB`;
}
