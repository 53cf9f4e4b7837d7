import { accessSync, constants, copyFileSync, linkSync, mkdirSync, renameSync, rmSync } from "node:fs";
import path from "node:path";

/** The folders of PATH, without those that the project puts there itself. */
export function searchPath(ours: string[], value: string = process.env.PATH ?? ""): string[] {
  return value.split(path.delimiter).filter((dir) => dir && !ours.includes(path.resolve(dir)));
}

/** The first executable called `name` in the folders. */
export function findExecutable(name: string, folders: string[]): string | undefined {
  return folders.map((dir) => path.join(dir, name)).find(isExecutable);
}

export function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * Puts a file under a second name, in one step. A hard link (a copy where that is impossible), because the Pulumi
 * CLI looks for its language host next to the file that a symbolic link points to.
 */
export function place(file: string, target: string): void {
  mkdirSync(path.dirname(target), { recursive: true });
  const next = `${target}.${process.pid}`;
  rmSync(next, { force: true });
  try {
    linkSync(file, next);
  } catch {
    copyFileSync(file, next);
  }
  renameSync(next, target);
  // rename() does nothing when both names are links to the same file.
  rmSync(next, { force: true });
}
