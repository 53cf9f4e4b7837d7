import type { StandinName } from "./names.ts";

/** What a build step may use to fill an image's root. */
export interface Staging {
  /** Absolute path of the repository. */
  repository: string;
  /** Absolute path of the cache that survives builds. */
  cache: string;
  /** The Docker build context: files put here can be COPYed by the Dockerfile. */
  context: string;
  /** What becomes `rootfs.tar` in the context; only real directories, merged /usr. */
  rootfs: string;
  /** The tag asked for, without the repository: `v1.3.1`. */
  tag: string;
  report: (line: string) => void;
}

/** How one image, or one layer that images share, is made. Its Dockerfile and files stand in the folder of its name. */
export interface Recipe {
  name: StandinName | "base" | "node";
  /** The layer below; the base has none. */
  from?: "base" | "node";
  /** Debian packages by name; what they need comes along. */
  packages: readonly string[];
  /** Everything else that goes into the hash: files or folders of the repository, and fixed texts. */
  inputs: { paths: readonly string[]; npm: readonly string[]; texts: readonly string[] };
  /** Fills the context beyond Debian's packages. */
  prepare?: (staging: Staging) => Promise<void>;
  /** The Debian package whose version the image's label names. */
  mainPackage?: string;
  /** One line for the label: what really is inside. */
  holds: string;
}
