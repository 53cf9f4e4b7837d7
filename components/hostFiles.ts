import { createHash } from "node:crypto";
import { dirname } from "node:path";
import { type CustomResourceOptions, dynamic, type Input, output, secret, unsecret } from "@pulumi/pulumi";
import type { DockerHost } from "../providers/host/run.ts";
import type { Entry } from "../providers/host-files/hostFiles.ts";
import { providerAt } from "../providers/stub.ts";

/** Owner of what root alone writes. */
export const ROOT = "0:0";

/** A file whose text the state may hold: it is encrypted there. */
export interface TextFile {
  /** Octal: `600`. */
  mode: string;
  /** May be secret. */
  text: Input<string>;
}

/** A file of this machine that is copied. */
export interface SourceFile {
  /** Octal: `644`. */
  mode: string;
  /** From the project's root: it stands in the state, and checkouts differ. */
  source: string;
  sha256: string;
}

export interface HostFilesArgs {
  host: DockerHost;
  /** Absolute path of the folder that all other paths are relative to. */
  base: string;
  /** Of everything: `uid:gid`. */
  owner: string;
  /** Folders below `base` that others use too: made when missing, else left as they are. */
  shared: string[];
  /** Path to mode. Folders of files that are in neither list are made with 755. */
  folders: Record<string, string>;
  /** Path to mode: folders whose files are made by programs, and go with the resource. */
  scratch: Record<string, string>;
  texts: Record<string, TextFile>;
  sources: Record<string, SourceFile>;
  /** Path to target. */
  links: Record<string, string>;
  /** Patterns (`a/*`) of paths at which nothing may be. */
  absent: string[];
}

/**
 * A set of files on the Docker host: written atomically, seen as drift when one is edited, deleted, or has another mode
 * or owner; removed with the resource, without what others have put beside them.
 */
export class HostFiles extends dynamic.Resource {
  constructor(name: string, args: HostFilesArgs, options?: CustomResourceOptions) {
    const { host, base, owner, shared, absent, texts, sources } = args;
    super(
      providerAt("./providers/host-files/hostFiles.ts"),
      name,
      {
        host,
        base,
        owner,
        shared,
        absent,
        entries: entriesOf(args),
        contents: secret(output(mapped(texts, ({ text }) => text))),
        sources: mapped(sources, ({ source }) => source),
      },
      options,
      "planeops",
      "HostFiles",
    );
  }
}

function entriesOf(args: HostFilesArgs): Record<string, Input<Entry>> {
  const { owner, shared, folders, scratch, texts, sources, links } = args;
  const onTheWay = [texts, sources, links].flatMap((files) => Object.keys(files).flatMap(above));
  const plain = onTheWay.filter((path) => !shared.includes(path)).map((path) => [path, "755"]);
  const allFolders: Record<string, string> = { ...Object.fromEntries(plain), ...folders };
  return {
    ...mapped(allFolders, (mode) => ({ kind: "folder", mode, owner })),
    ...mapped(scratch, (mode) => ({ kind: "scratch", mode, owner })),
    ...mapped(texts, ({ mode, text }) =>
      output({ kind: "file" as const, mode, owner, sha256: checksumOf(text) }),
    ),
    ...mapped(sources, ({ mode, sha256 }) => ({ kind: "file", mode, owner, sha256 })),
    ...mapped(links, (target) => ({ kind: "link", target })),
  };
}

function mapped<T, U>(record: Record<string, T>, map: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([path, value]) => [path, map(value)]));
}

/** The folders on the way to a path. */
function above(path: string): string[] {
  const folder = dirname(path);
  return folder === "." ? [] : [folder, ...above(folder)];
}

/** In clear, so that a preview can say which file changes: it tells nothing of a random secret. */
function checksumOf(text: Input<string>) {
  return unsecret(output(text).apply((known) => createHash("sha256").update(known).digest("hex")));
}
