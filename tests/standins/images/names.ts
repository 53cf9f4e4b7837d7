import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import type { ImagesOnDemand } from "../../../versions.ts";

/** Keys of `images` in versions.yml that a stand-in exists for. */
export const STANDIN_NAMES = [
  "postgresql",
  "redis",
  "caddy",
  "minio",
  "planeBackend",
  "planeFrontend",
  "planeAdmin",
] as const;

/** Stand-ins too big for every set-up, or not of versions.yml: built when a test asks for them. */
type OnDemandName = "openclaw" | "openclawSandbox" | keyof ImagesOnDemand;

export type StandinName = (typeof STANDIN_NAMES)[number] | OnDemandName;

/** One image to have: which stand-in, under which exact reference (`postgres:18.4-bookworm`). */
export interface WantedImage {
  name: StandinName;
  reference: string;
}

/** Whether set-up can build a stand-in for this key of versions.yml. */
export function isStandinName(name: string): name is (typeof STANDIN_NAMES)[number] {
  return (STANDIN_NAMES as readonly string[]).includes(name);
}

/** Every image of versions.yml that a stand-in exists for, in build order. */
export function wantedFromVersions(root: string): WantedImage[] {
  const versions: { images?: Record<string, string> } = parse(
    readFileSync(join(root, "versions.yml"), "utf8"),
  );
  return STANDIN_NAMES.flatMap((name) => {
    const reference = versions.images?.[name];
    return reference === undefined ? [] : [{ name, reference }];
  });
}
