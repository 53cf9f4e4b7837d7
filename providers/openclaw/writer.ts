import { join } from "node:path";
import { type DockerHost, runOrThrow } from "../host/run.ts";
import { shellQuote } from "../host/shell.ts";
import type { Where } from "./saved.ts";

/** The OpenClaw that wrote to a state last. */
export interface Writer {
  version: string;
  /** Reference of its image, and the image's id. */
  image: string;
  imageId: string;
}

/** Version of a state that was there before anybody noted who writes to it. */
export const UNKNOWN = "unknown";

/**
 * Notes who is about to write to the state, before it starts: a container that is removed (`openclaw:enabled false`)
 * takes with it what it was.
 */
export async function noteWriter(host: DockerHost, where: Where, writer: Writer): Promise<void> {
  const { version, image, imageId } = writer;
  const [file, next] = [noteOf(where), `${noteOf(where)}.next`].map(shellQuote);
  await runOrThrow(host, `writing ${noteOf(where)}`, `cat > ${next} && mv -fT ${next} ${file}`, {
    stdin: `${JSON.stringify({ version, image, imageId })}\n`,
  });
}

/** Who wrote to the state that is there last; undefined where there is none but what this program writes itself. */
export async function writerOf(host: DockerHost, where: Where): Promise<Writer | undefined> {
  const folder = shellQuote(where.folder);
  const managed = (where.managed ?? []).map(
    (path) => `-path ${shellQuote(join(where.folder, path))} -prune -o`,
  );
  const script = [
    // Folders alone hold nothing.
    `file=$([ ! -d ${folder} ] || find ${folder} -mindepth 1 ${managed.join(" ")} ! -type d -print -quit) || exit 1`,
    '[ "$file" != "" ] || exit 0',
    `cat ${shellQuote(noteOf(where))} 2> /dev/null || echo none`,
  ].join("\n");
  const note = await runOrThrow(host, `looking for state in ${where.folder}`, script);
  if (note === "") return undefined;
  return note.trim() === "none" ? { version: UNKNOWN, image: "", imageId: "" } : (JSON.parse(note) as Writer);
}

/** Beside the folder, so that it says something of what is there now, and no archive has it. */
function noteOf({ folder }: Where): string {
  return `${folder}.written-by`;
}
