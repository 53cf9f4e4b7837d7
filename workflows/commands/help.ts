import { named } from "../workspace/words.ts";
import { match } from "./near.ts";
import { type Command, WORDS } from "./parse.ts";

const LINES: Record<Command["name"], readonly [usage: string, meaning: string]> = {
  status: ["", "projets actifs et tâches en cours"],
  project: [" &lt;nom&gt;", "avancement, blocages et retards d'un projet"],
  agent: [" &lt;nom&gt;", "tâches d'un agent"],
  pause: [" [agent]", "ne plus réveiller un agent, ou tous"],
  resume: [" [agent]", "réveiller de nouveau"],
  help: ["", "cette aide"],
};

/** The commands, after a word on what was not understood. */
export function helpText({ unknown, missing }: { unknown?: string; missing?: "project" | "agent" }): string {
  const names = Object.keys(WORDS) as Command["name"][];
  const lines = names.map((name) => {
    const [usage, meaning] = LINES[name];
    return `<code>/plane ${WORDS[name][0]}${usage}</code> : ${meaning}`;
  });
  return [...remark(names, unknown, missing), "<b>Commandes</b>", ...lines].join("\n");
}

function remark(
  names: readonly Command["name"][],
  unknown: string | undefined,
  missing: "project" | "agent" | undefined,
): string[] {
  if (missing !== undefined) {
    const what = missing === "project" ? "du projet" : "de l'agent";
    return [`✍️ Il manque le nom : <code>/plane ${WORDS[missing][0]} &lt;nom ${what}&gt;</code>`, ""];
  }
  if (unknown === undefined) return [];
  const result = match(names, (name) => WORDS[name], unknown);
  const [likely] = "near" in result ? result.near : [];
  const meant = likely === undefined ? "" : ` Vouliez-vous dire <code>/plane ${WORDS[likely][0]}</code> ?`;
  return [`❓ Commande « ${named(unknown)} » inconnue.${meant}`, ""];
}
