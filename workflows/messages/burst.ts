import { count } from "../workspace/words.ts";
import { TOPICS, type Topic } from "./filter.ts";
import { MESSAGE_LIMIT } from "./fit.ts";
import { tokensOf, unitsOf } from "./markup.ts";
import type { Message } from "./message.ts";
import { NBSP } from "./words.ts";

const WORDS: Record<Topic, [one: string, several: string]> = {
  critical: ["signalement critique", "signalements critiques"],
  blocked: ["tâche bloquée", "tâches bloquées"],
  review: ["relecture demandée", "relectures demandées"],
  completed: ["tâche complétée", "tâches complétées"],
  project: ["nouveau projet", "nouveaux projets"],
  cycle: ["cycle démarré ou terminé", "cycles démarrés ou terminés"],
};

/** Room for the line that says how many are not shown. */
const LAST_LINE = 60;

/**
 * The messages of a burst as one: how many of what, then what happened, the most pressing first, as far as it fits.
 * Undefined when there are none.
 */
export function sumUp(messages: readonly Message[]): string | undefined {
  if (messages.length === 0) return undefined;
  const counts = TOPICS.flatMap((topic) => {
    const number = messages.filter((message) => message.topic === topic).length;
    return number === 0 ? [] : [count(number, ...WORDS[topic])];
  });
  const lines = [`📦 <b>Beaucoup de changements dans Plane</b>${NBSP}: ${counts.join(", ")}`];
  const headlines = TOPICS.flatMap((topic) => messages.filter((message) => message.topic === topic)).map(
    ({ headline }) => headline,
  );
  let room = MESSAGE_LIMIT - LAST_LINE - lengthOf(lines[0] ?? "");
  for (const [index, headline] of headlines.entries()) {
    room -= lengthOf(headline) + 1;
    if (room < 0) return [...lines, `… et ${headlines.length - index} de plus, à voir dans Plane`].join("\n");
    lines.push(headline);
  }
  return lines.join("\n");
}

const lengthOf = (html: string) => unitsOf(tokensOf(html));
