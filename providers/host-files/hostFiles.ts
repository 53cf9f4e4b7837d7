import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { dynamic } from "@pulumi/pulumi";
import { difference } from "../difference.ts";
import { type DockerHost, HostError, lastLines, placeOf, run, runOrThrow } from "../host/run.ts";
import { shellQuote } from "../host/shell.ts";

/** What is at a path. Modes are octal as `stat` says them (`600`), owners are `uid:gid`. */
export type Entry =
  | { kind: "file"; mode: string; owner: string; sha256: string }
  /** Removed with the resource when nothing is left in it; a `scratch` goes with all that programs wrote there. */
  | { kind: "folder" | "scratch"; mode: string; owner: string }
  /** A symbolic link. */
  | { kind: "link"; target: string };

/** Something that an {@link Entry} cannot describe, like a device. */
interface Other {
  kind: "other";
}

/** A set of files below one folder of the Docker host, and what of them the state keeps. */
export interface HostFilesState {
  host: DockerHost;
  /** Absolute; every other path is relative to it. Like `shared`: made when missing, removed when empty. */
  base: string;
  /** Of what is made: `uid:gid`. */
  owner: string;
  /** Folders on the way to the entries, which others use too. */
  shared: string[];
  /** By path, with every folder on the way that is not in `shared`. */
  entries: Record<string, Entry>;
  /** Patterns of paths at which nothing may be; what is there is removed. */
  absent: string[];
}

export interface HostFilesInputs extends HostFilesState {
  /** Secret: the text of files, by path. */
  contents: Record<string, string>;
  /** Files with more text than a state should hold, by path: where they are, from the project's root. */
  sources: Record<string, string>;
}

/** What a look at the host finds. */
interface Found {
  entries: Record<string, Entry | Other>;
  /** Those of the patterns at which there is nothing. */
  absent: string[];
}

export async function check(_olds: unknown, news: unknown): Promise<dynamic.CheckResult> {
  return { inputs: news };
}

/** By checksum: a file's text counts for nothing more. */
export async function diff(
  _id: string,
  olds: HostFilesState,
  news: HostFilesInputs,
): Promise<dynamic.DiffResult> {
  return difference({ ...olds }, { ...stateOf(news) }, ["base"]);
}

export async function create(inputs: HostFilesInputs): Promise<dynamic.CreateResult> {
  await mend(inputs);
  return { id: inputs.base, outs: stateOf(inputs) };
}

/** What was edited, or given another mode or owner, or is gone, is drift. */
export async function read(id: string, props: HostFilesState): Promise<dynamic.ReadResult> {
  const { entries, absent } = await look(props);
  if (Object.keys(entries).length === 0) return {};
  const actual = { ...props, entries, absent };
  return { id, props: actual, inputs: actual };
}

/** What is no longer wanted goes last, when its successors are in place. */
export async function update(
  _id: string,
  olds: HostFilesState,
  news: HostFilesInputs,
): Promise<dynamic.UpdateResult> {
  await mend(news);
  const obsolete = Object.entries(olds.entries).filter(([path]) => !(path in news.entries));
  await script(olds, "removing files", obsolete.toSorted().reverse().map(removal));
  return { outs: stateOf(news) };
}

/** Removes what is ours; folders with something of others in them stay. */
async function remove(_id: string, props: HostFilesState): Promise<void> {
  const ours = Object.entries(props.entries).toSorted().reverse();
  const shared = props.shared.toSorted().reverse();
  await script(props, "removing files", [
    ...ours.map(removal),
    ...shared.map((path) => removeIfEmpty(path)),
    `cd / && ${removeIfEmpty(props.base)}`,
  ]);
}

export { remove as delete };

function stateOf({ contents: _, sources: __, ...state }: HostFilesInputs): HostFilesState {
  return state;
}

async function mend(wanted: HostFilesInputs): Promise<void> {
  const found = await look(wanted);
  const changed = Object.entries(wanted.entries)
    .filter(([path, entry]) => !isDeepStrictEqual(entry, found.entries[path]))
    .toSorted();
  for (const [path, { kind }] of changed) {
    const there = found.entries[path]?.kind ?? kind;
    if (there === kind) continue;
    throw new HostError(
      `${join(wanted.base, path)} on ${placeOf(wanted.host)} is not a ${kind === "scratch" ? "folder" : kind} of ours, and was left as it is. ` +
        "Move it elsewhere, then run it again: pulumi up --refresh",
    );
  }
  if (changed.length > 0) {
    await makeBase(wanted);
    await script(wanted, "making folders", [...wanted.shared.toSorted().map(share), ...changed.map(folder)]);
  }
  for (const [path, entry] of changed) if (entry.kind === "file") await writeFile(wanted, path, entry);
  await script(wanted, "linking and cleaning up", [
    ...changed.map(link),
    ...wanted.absent
      .filter((pattern) => !found.absent.includes(pattern))
      .map((each) => `rm -rf ${glob(each)}`),
  ]);
}

/** By one script, whatever the number of files. */
async function look({ host, base, entries, absent }: HostFilesState): Promise<Found> {
  const paths = Object.keys(entries);
  const outcome = await run(
    host,
    [
      `[ -d ${shellQuote(base)} ] || exit 0`,
      `cd ${shellQuote(base)} || exit 1`,
      LOOK,
      ...paths.map((path) => `look ${shellQuote(path)}`),
      ...absent.map((pattern) => `look ${glob(pattern)}`),
    ].join("\n"),
  );
  if (outcome.code !== 0)
    throw new HostError(`looking at files failed on ${placeOf(host)}: ${lastLines(outcome.stderr, 3)}`);
  const lines = outcome.stdout.split("\n");
  const found = paths.flatMap((path, index): [string, Entry | Other][] => {
    const there = parse(lines[index]);
    if (there === undefined) return [];
    const isScratch = there.kind === "folder" && entries[path]?.kind === "scratch";
    return [[path, isScratch ? { ...there, kind: "scratch" } : there]];
  });
  return {
    entries: Object.fromEntries(found),
    absent: absent.filter((_, index) => parse(lines[paths.length + index]) === undefined),
  };
}

function parse(line = ""): Entry | Other | undefined {
  const [kind, ...rest] = line.split(" ");
  const [mode = "", owner = "", sha256 = ""] = rest;
  if (kind === "link") return { kind, target: rest.join(" ") };
  if (kind === "folder") return { kind, mode, owner };
  if (kind === "file") return { kind, mode, owner, sha256 };
  return kind === "other" ? { kind } : undefined;
}

/** Says what is at the first of some paths; a pattern that matches nothing is such a path itself. */
const LOOK = `look() {
  if [ -L "$1" ]; then echo "link $(readlink "$1")"
  elif [ -d "$1" ]; then echo "folder $(stat -c '%a %u:%g' "$1")"
  elif [ -f "$1" ]; then echo "file $(stat -c '%a %u:%g' "$1") $(sha256sum < "$1" | cut -c-64)"
  elif [ -e "$1" ]; then echo other
  else echo none
  fi
}`;

/** The only folder whose own parents may be missing; those belong to whoever runs this. */
async function makeBase({ host, base, owner }: HostFilesState): Promise<void> {
  const folder = shellQuote(base);
  await runOrThrow(
    host,
    `making ${base}`,
    `${own(owner)}\n[ -d ${folder} ] || { mkdir -p ${folder} && own ${folder}; }`,
  );
}

/**
 * Writes a file beside its place and moves it there, so that nobody reads half of it. The text goes in by standard
 * input: command lines are public. A folder that another user may write to is no place to follow links: `-C` opens
 * new files only, and `-T` never moves into a folder.
 */
async function writeFile(
  { host, base, owner, contents, sources }: HostFilesInputs,
  path: string,
  { mode, sha256 }: Entry & { kind: "file" },
): Promise<void> {
  const [file, copy] = [shellQuote(path), shellQuote(copyOf(path))];
  const lines = [
    "set -e",
    own(owner),
    `cd ${shellQuote(base)}`,
    `trap ${shellQuote(`rm -f ${copy}`)} EXIT`,
    `rm -f ${copy}`,
    "umask 077",
    "set -C",
    `cat > ${copy}`,
    // A connection that breaks ends the text too.
    `[ "$(sha256sum < ${copy} | cut -c-64)" = ${sha256} ] || { echo 'it arrived otherwise than it was sent: run it again' >&2; exit 1; }`,
    `own ${copy}`,
    `chmod ${mode} ${copy}`,
    `mv -fT ${copy} ${file}`,
  ];
  const stdin = contents[path] ?? readFileSync(sources[path] ?? "", "utf8");
  await runOrThrow(host, `writing ${join(base, path)}`, lines.join("\n"), { stdin });
}

async function script(
  { host, base, owner }: HostFilesState,
  step: string,
  commands: string[],
): Promise<void> {
  const todo = commands.filter((command) => command !== "");
  if (todo.length === 0) return;
  const folder = shellQuote(base);
  const start = [`[ -d ${folder} ] || exit 0`, "set -e", own(owner), `cd ${folder}`];
  await runOrThrow(host, `${step} below ${base}`, [...start, ...todo].join("\n"));
}

function share(path: string): string {
  const folder = shellQuote(path);
  return `[ -d ${folder} ] || { mkdir ${folder} && own ${folder}; }`;
}

function folder([path, entry]: [string, Entry]): string {
  if (entry.kind !== "folder" && entry.kind !== "scratch") return "";
  const folder = shellQuote(path);
  return `[ -d ${folder} ] || mkdir ${folder}; own ${folder}; chmod ${entry.mode} ${folder}`;
}

function link([path, entry]: [string, Entry]): string {
  if (entry.kind !== "link") return "";
  return `ln -sfn ${shellQuote(entry.target)} ${shellQuote(path)}; own ${shellQuote(path)}`;
}

/** Removes an entry if it still is what it was; a copy of a file that a killed run left goes too. */
function removal([path, entry]: [string, Entry | Other]): string {
  const quoted = shellQuote(path);
  if (entry.kind === "scratch") return `rm -rf ${quoted}`;
  if (entry.kind === "folder") return removeIfEmpty(path);
  if (entry.kind === "file") return `[ -d ${quoted} ] || rm -f ${quoted} ${shellQuote(copyOf(path))}`;
  if (entry.kind === "link")
    return `[ "$(readlink ${quoted})" != ${shellQuote(entry.target)} ] || rm -f ${quoted}`;
  return "";
}

function removeIfEmpty(path: string): string {
  return `rmdir ${shellQuote(path)} 2> /dev/null || :`;
}

function copyOf(path: string): string {
  return join(dirname(path), `.plane-ops-${path.split("/").at(-1)}`);
}

function own(owner: string): string {
  const hint = `only root, or the user ${owner} itself, can give it to ${owner}: name such a login in docker:host`;
  return `own() { chown -h ${shellQuote(owner)} "$1" || { echo ${shellQuote(hint)} >&2; exit 1; }; }`;
}

/** Quotes a pattern, its stars excepted. */
function glob(pattern: string): string {
  return pattern.split("*").map(shellQuote).join("*");
}
