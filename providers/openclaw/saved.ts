import { join } from "node:path";
import { z } from "zod";
import { type DockerHost, HostError, runOrThrow } from "../host/run.ts";
import { shellQuote } from "../host/shell.ts";
import { sized } from "./space.ts";

/** Where things of OpenClaw's are on the Docker host; all paths are absolute. */
export interface Where {
  /** Name of the gateway's container. */
  container: string;
  /** What the gateway keeps: all of it is archived. */
  folder: string;
  /** `openclaw.json`, which lies outside of `folder`. */
  configFile: string;
  /** Folder of the saved releases: for root alone, because state and environment hold tokens. */
  releases: string;
  /** Folder from which Zerobyte takes copies of the state; the platform prunes it after 3 days. */
  copies: string;
  /** Of the gateway's files: `uid:gid`. */
  owner: string;
  /** Paths below `folder` that this program writes itself, as the bridge's tokens: a restore keeps the present ones. */
  managed?: string[];
}

const archive = z.object({ file: z.string(), sha256: z.string().length(64), bytes: z.number() });

/** `release.json`: files are named relative to it. */
const manifest = z.object({
  name: z.string(),
  version: z.string(),
  image: z.string(),
  imageId: z.string(),
  tag: z.string().optional(),
  createdAt: z.string(),
  state: archive.extend({ entries: z.number(), unpacked: z.number() }),
  imageArchive: archive.optional(),
  configuration: z.object({ file: z.string(), sha256: z.string() }).optional(),
  container: z.string(),
});

/** What belongs together to go back: image, state and configuration of one moment. Files are absolute paths. */
export interface SavedRelease extends z.output<typeof manifest> {
  /** Its folder's name, from the date: `2026-02-28`, `2026-02-28-2`. */
  name: string;
  /** OpenClaw's version, or `unknown`. */
  version: string;
  /** Reference of the image, as the container had it; empty, like its id, where nobody knows. */
  image: string;
  imageId: string;
  /** `openclaw:backup-<date>`: a tag for people, the archive is what counts. None where the host had the image no more. */
  tag?: string;
  /** ISO time. */
  createdAt: string;
  /** The state's archive; `entries` and `unpacked` (bytes) say what is in it. */
  state: { file: string; sha256: string; bytes: number; entries: number; unpacked: number };
  /** What `docker save` wrote; none where the host had the image no more, for a gateway that was gone. */
  imageArchive?: { file: string; sha256: string; bytes: number };
  /** `openclaw.json`, where there was one. */
  configuration?: { file: string; sha256: string };
  /** File with what `docker inspect` said of the container: secret, its environment is in there. An empty list of one that was gone. */
  container: string;
}

export const MANIFEST = "release.json";

/** The text of a manifest, on one line. */
export function manifestText(saved: SavedRelease): string {
  return `${JSON.stringify(withFiles(saved, (file) => file.slice(file.lastIndexOf("/") + 1)))}\n`;
}

/**
 * The releases that are saved in a folder, newest first. One that was interrupted is not among them.
 * @throws HostError when a manifest is none.
 */
export async function listSaved(host: DockerHost, releases: string): Promise<SavedRelease[]> {
  const text = await runOrThrow(
    host,
    `listing ${releases}`,
    `for each in ${shellQuote(releases)}/*/${MANIFEST}; do [ ! -f "$each" ] || { echo "$each"; cat "$each"; echo; }; done`,
  );
  const lines = text.split("\n").filter((line) => line !== "");
  const saved: SavedRelease[] = [];
  for (let index = 0; index < lines.length; index += 2)
    saved.push(parse(lines[index] ?? "", lines[index + 1] ?? ""));
  return saved.toSorted((a, b) => b.createdAt.localeCompare(a.createdAt));
}

/** What a release takes, for people. */
export function sizesOf({ imageArchive, state }: SavedRelease): string {
  return `${imageArchive ? `image ${sized(imageArchive.bytes)}` : "no image"}, state ${sized(state.bytes)}`;
}

function parse(path: string, line: string): SavedRelease {
  const folder = path.slice(0, -MANIFEST.length - 1);
  try {
    return withFiles(manifest.parse(JSON.parse(line)), (file) => join(folder, file));
  } catch {
    throw new HostError(
      `${path} is not the manifest of a saved release. Move its folder elsewhere: mv ${shellQuote(folder)} ${shellQuote(`${folder}.damaged`)}, ` +
        "outside of the releases if it should not be listed, then run it again",
    );
  }
}

function withFiles(saved: z.output<typeof manifest>, name: (file: string) => string): SavedRelease {
  const { state, imageArchive, configuration, container } = saved;
  return {
    ...saved,
    state: { ...state, file: name(state.file) },
    ...(imageArchive ? { imageArchive: { ...imageArchive, file: name(imageArchive.file) } } : {}),
    ...(configuration ? { configuration: { ...configuration, file: name(configuration.file) } } : {}),
    container: name(container),
  };
}
