import type { OpenclawVersion } from "../../skills/plane-bridge/overlay.ts";

export type { OpenclawVersion } from "../../skills/plane-bridge/overlay.ts";

/** Versions that this project knows the configuration of, oldest first. */
export const OPENCLAW_VERSIONS = ["2026.2.23", "2026.2.26"] as const satisfies readonly OpenclawVersion[];

const byNumbers = new Intl.Collator("en", { numeric: true });

/** Below 0 when `a` is the older of two versions (`x.y.z`), above 0 when it is the newer, 0 when they are the same. */
export function compareVersions(a: string, b: string): number {
  return byNumbers.compare(a, b);
}

/**
 * Whether an image's version works with state that another version wrote (OPENCLAW-UPG-10). A newer one always does;
 * 2026.2.23 was seen to do so with 2026.2.26's (contracts/openclaw). Of any other older one nothing is known.
 */
export function readsStateOf(image: string, state: string): boolean {
  return compareVersions(image, state) >= 0 || (image === "2026.2.23" && state === "2026.2.26");
}
