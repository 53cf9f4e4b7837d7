import { readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import { Problem } from "./problem.ts";

/** What versions.yml says about the tools and images that set-up provides. */
export interface Versions {
  tools: {
    pulumi: string;
    go: string;
  };
  /** SHA-256 of the Go toolchain's archive, by `<os>-<architecture>` in Go's words. */
  goArchives: Record<string, string>;
  /** Version of each provider plugin, by its name. */
  plugins: Record<string, string>;
  /** Image reference of each part, by its name. */
  images: Record<string, string>;
}

/** Reads versions.yml. */
export function loadVersions(root: string): Versions {
  const file = path.join(root, "versions.yml");
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    throw new Problem(`${file} is missing. Restore it with: git checkout -- versions.yml`);
  }
  return parse(text) as Versions;
}

/** Whether the CLI version `found` can run what was written for `pinned`: same major, same or newer minor. */
export function fits(found: string, pinned: string): boolean {
  const [major, minor] = numbers(found);
  const [wantedMajor, wantedMinor] = numbers(pinned);
  return major === wantedMajor && minor !== undefined && wantedMinor !== undefined && minor >= wantedMinor;
}

function numbers(version: string): number[] {
  const match = /^v?(\d+)\.(\d+)/.exec(version.trim());
  return match ? [Number(match[1]), Number(match[2])] : [];
}
