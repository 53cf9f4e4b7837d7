import { folded } from "./near.ts";

/** What a person asks for (NOTIF-06). */
export type Command =
  | { name: "status" }
  | { name: "project"; wanted: string }
  | { name: "agent"; wanted: string }
  /** Without a name: all agents. */
  | { name: "pause"; wanted: string | undefined }
  | { name: "resume"; wanted: string | undefined }
  /** `unknown`: the word that was not understood. `missing`: the command that needs a name. */
  | { name: "help"; unknown?: string; missing?: "project" | "agent" };

/** The words of each command; the first is the one that the help shows. */
export const WORDS = {
  status: ["status", "statut", "etat"],
  project: ["project", "projet"],
  agent: ["agent"],
  pause: ["pause"],
  resume: ["reprise", "reprendre", "resume"],
  help: ["aide", "help"],
} as const satisfies Record<Command["name"], readonly string[]>;

/** No name in Plane is longer. */
const LONGEST = 255;
/** `/plane`, with the bot's name in a group, then the rest; keyboards put spaces of their own. */
const COMMAND = /^[\s\u200b-\u200f\u2060\ufeff]*\/plane(?:@\w{1,64})?(?:\s+(.*))?$/isu;

/** The command in a text; undefined when it is none of ours. */
export function parse(text: string): Command | undefined {
  const match = COMMAND.exec(text);
  if (match === null) return undefined;
  const [word = "", ...rest] = (match[1] ?? "").split(/\s+/).filter(Boolean);
  const wanted = [...rest.join(" ")].slice(0, LONGEST).join("");
  if (word === "") return { name: "help" };
  const name = (Object.keys(WORDS) as Command["name"][]).find((candidate) =>
    (WORDS[candidate] as readonly string[]).includes(folded(word)),
  );
  if (name === undefined) return { name: "help", unknown: [...word].slice(0, LONGEST).join("") };
  if (name === "status" || name === "help") return { name };
  if (name === "pause" || name === "resume") return { name, wanted: wanted || undefined };
  return wanted === "" ? { name: "help", missing: name } : { name, wanted };
}
