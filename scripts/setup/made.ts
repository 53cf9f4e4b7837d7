import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Paths } from "./paths.ts";

/** An image that set-up put into the engine. */
export interface MadeImage {
  reference: string;
  /** The image's id when it was made: `npm run down` removes only that one. */
  id: string;
}

/** What start made outside of `.plane-ops/`, so that `npm run down` removes exactly that. */
export interface Made {
  /** The engine that start started: its pid, and its start time in clock ticks (a pid alone is used again). */
  docker?: { pid: number; started: string };
  /** Debian packages that start installed. They stay; down names them. */
  packages: string[];
  images: MadeImage[];
  /** Start wrote Pulumi.local.yaml. */
  settings: boolean;
}

const nothing: Made = { packages: [], images: [], settings: false };

/** Reads made.json; a missing or damaged file means that nothing is known to be ours. */
export function loadMade(paths: Pick<Paths, "made">): Made {
  try {
    const found = JSON.parse(readFileSync(paths.made, "utf8")) as Partial<Made>;
    return {
      ...nothing,
      ...found,
      packages: Array.isArray(found.packages) ? found.packages : [],
      images: Array.isArray(found.images) ? found.images : [],
    };
  } catch {
    return structuredClone(nothing);
  }
}

/** Changes made.json in one step: a reader sees the old record or the new one. */
export function updateMade(paths: Pick<Paths, "made">, change: (made: Made) => void): Made {
  const made = loadMade(paths);
  change(made);
  mkdirSync(path.dirname(paths.made), { recursive: true });
  const next = `${paths.made}.${process.pid}`;
  writeFileSync(next, `${JSON.stringify(made, null, 2)}\n`);
  renameSync(next, paths.made);
  return made;
}

/** Notes an image; a rebuilt one replaces its earlier note. */
export function noteImage(made: Made, image: MadeImage): void {
  made.images = [...made.images.filter((one) => one.reference !== image.reference), image];
}
