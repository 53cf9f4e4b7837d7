import { escapeHtml } from "../messages/escape.ts";
import { type Day, inShort } from "./days.ts";
import type { Project } from "./project.ts";
import type { Settings } from "./settings.ts";
import type { Status } from "./status.ts";
import type { Task } from "./task.ts";

/** How a status is shown: sign, and name for one task and for several. */
export const STATUS_WORDS: Record<Status, { sign: string; one: string; several: string }> = {
  in_progress: { sign: "🔧", one: "en cours", several: "en cours" },
  blocked: { sign: "⛔", one: "bloquée", several: "bloquées" },
  todo: { sign: "📋", one: "à faire", several: "à faire" },
  backlog: { sign: "💤", one: "en réserve", several: "en réserve" },
  done: { sign: "✅", one: "terminée", several: "terminées" },
  cancelled: { sign: "🚫", one: "annulée", several: "annulées" },
};

/** Longest name in a line; Plane takes 255 characters. */
const LONGEST = 80;
/** Line breaks, controls, and what turns or hides the text after it. */
const STEERING = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu;
const RIGHT_TO_LEFT = /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u;

/** A text of somebody else's as HTML: on one line, short, without power over the rest of the message. */
export function named(text: string, longest = LONGEST): string {
  const line = [...text.replaceAll(STEERING, " ").replaceAll(/\s+/g, " ").trim()];
  const short =
    line.length > longest
      ? `${line
          .slice(0, longest - 1)
          .join("")
          .trimEnd()}…`
      : line.join("");
  // What is written from the right keeps to itself: else it takes the numbers behind it along.
  return RIGHT_TO_LEFT.test(short) ? `\u2068${escapeHtml(short)}\u2069` : escapeHtml(short);
}

/** « 1 tâche », « 2 tâches ». */
export function count(number: number, one: string, several = `${one}s`): string {
  return `${number} ${number < 2 ? one : several}`;
}

/** « 2 bloquées », with its sign. */
export function counted(status: Status, number: number): string {
  const { sign, one, several } = STATUS_WORDS[status];
  return `${sign} ${count(number, one, several)}`;
}

/** « 1 250,50 $ ». */
export function dollars(amount: number): string {
  const digits = { minimumFractionDigits: 2, maximumFractionDigits: 2 };
  return `${new Intl.NumberFormat("fr", digits).format(amount)}\u00a0$`;
}

/** The key of a task, as a link to it. */
export function taskLink({ planeUrl, workspace }: Settings, { key }: Pick<Task, "key">): string {
  return link(`${planeUrl}/${workspace}/browse/${key}/`, key);
}

/** The name of a project, as a link to it, and its identifier. */
export function projectLink({ planeUrl, workspace }: Settings, { id, name, identifier }: Project): string {
  const label = named(name);
  return `<b><a href="${escapeHtml(`${planeUrl}/${workspace}/projects/${id}/issues/`)}">${label}</a></b> (${named(identifier)})`;
}

function link(url: string, text: string): string {
  return `<a href="${escapeHtml(url)}">${escapeHtml(text)}</a>`;
}

/** Who works on a task: its agent, else the people that it is assigned to. */
export function ownerOf(task: Task, { agents }: Settings): string {
  const { agent_id } = task.fields;
  if (agent_id === undefined) return task.assignees.map((name) => named(name)).join(", ") || "personne";
  return named(agents.find(({ agentId }) => agentId === agent_id)?.displayName ?? agent_id);
}

/** Whether an open task should have been done before today. */
export function isLate({ due }: Task, today: Day): boolean {
  return due !== undefined && due < today;
}

/** « échéance le 27/11 », with how that stands today; empty without a due date. */
export function dueWords(task: Task, today: Day): string {
  if (task.due === undefined) return "";
  if (task.due === today) return "échéance aujourd'hui";
  return isLate(task, today)
    ? `⏰ en retard depuis le ${inShort(task.due)}`
    : `échéance le ${inShort(task.due)}`;
}

/** One task in one line: `ONB-3 Titre — Imhotep · échéance le 27/11`. */
export function taskLine(
  task: Task,
  settings: Settings,
  { today, owner = true }: { today: Day; owner?: boolean },
): string {
  const words = [owner ? ownerOf(task, settings) : "", dueWords(task, today)].filter(Boolean).join(" · ");
  return `${taskLink(settings, task)} ${named(task.name)}${words && ` — ${words}`}`;
}

/** The first lines, and how many more there are. */
export function someOf(lines: readonly string[], most: number): string[] {
  const rest = lines.length - most;
  return rest > 0 ? [...lines.slice(0, most), `… et ${rest} de plus`] : [...lines];
}
