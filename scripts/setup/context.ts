import type { Paths } from "./paths.ts";
import type { Progress } from "./progress.ts";
import type { Versions } from "./versions.ts";

/** What every part of the set-up works with. */
export interface Context {
  paths: Paths;
  versions: Versions;
  progress: Progress;
  /** Aborted when another part fails or the user stops the command. */
  signal: AbortSignal;
  /** Whether Pulumi's downloads answer; asked once for all parts. The text is the reason why not. */
  downloads: () => Promise<Reach>;
}

/** The answer of a quick look at a server. */
export type Reach = { ok: true } | { ok: false; why: string };

/** Longest wait in milliseconds for a server before set-up falls back. */
export const networkWait = 8000;
