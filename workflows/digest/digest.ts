import { split } from "../messages/fit.ts";
import { type Answers, type Need, type Problem, together } from "../workspace/answers.ts";
import { blockersOf, waitingWords } from "../workspace/blockers.ts";
import { type Day, dayBefore, dayOf, inFull } from "../workspace/days.ts";
import { grouped } from "../workspace/grouped.ts";
import { allTasks } from "../workspace/project.ts";
import type { Settings } from "../workspace/settings.ts";
import { OPEN } from "../workspace/status.ts";
import { byUrgency, type Task } from "../workspace/task.ts";
import { isLate, named, ownerOf, someOf, taskLine } from "../workspace/words.ts";
import { budgetLine } from "./budget.ts";
import { completedOn } from "./completions.ts";

export interface DigestSettings extends Settings {
  /** Dollars a month; absent: no budget is kept. */
  budget?: number;
}

/** What to read of Plane before asking again, or the messages of the day, or why there are none. */
export type Digest = { needs: Need[] } | { texts: string[] } | Problem;

/** Tasks that are named below each heading. */
const MOST = 15;

/**
 * The morning's digest (NOTIF-08): what was done yesterday, what is stuck, what is to come today, the money. The days
 * are the time zone's: an instant belongs to yesterday when its date there is yesterday's, whatever the clocks did.
 *
 * @param answers what has been read of Plane so far; nothing in the first round.
 * @param now milliseconds since 1970.
 */
export function digest(answers: Answers, settings: DigestSettings, now: number): Digest {
  const tasks = allTasks(answers);
  if (!("value" in tasks)) return tasks;
  const today = dayOf(now, settings.timeZone);
  const blocked = tasks.value.filter(({ status }) => status === "blocked").sort(byUrgency);
  const readings = together([
    completedOn(answers, tasks.value, dayBefore(today), settings.timeZone),
    blockersOf(answers, blocked, tasks.value),
  ]);
  if (!("value" in readings)) return readings;
  const [done, blockers] = readings.value;
  const line = (task: Task) => lineOf(task, settings, today);
  const sections = [
    doneSection(done, settings),
    section(
      "⛔ Bloquées",
      blocked.map((task) => `${line(task)}${waitingWords(task, blockers, settings)}`),
    ),
    ...forecastOf(tasks.value, today).map(([heading, some]) => section(heading, some.map(line))),
  ].filter(({ length }) => length > 0);
  return { texts: split(textOf(sections, budgetLine(tasks.value, settings, now), today)) };
}

function textOf(sections: readonly string[][], money: string, today: Day): string {
  const title = `☀️ <b>Digest du ${inFull(today)}</b>`;
  const paragraphs =
    sections.length === 0
      ? [`${title} : rien de terminé hier, rien de bloqué, rien de prévu aujourd'hui.`]
      : [title, ...sections.map((lines) => lines.join("\n"))];
  return [...paragraphs, money].filter(Boolean).join("\n\n");
}

/** What was done yesterday: each project with who did how many, then the tasks. */
function doneSection(done: readonly Task[], settings: Settings): string[] {
  if (done.length === 0) return [];
  const projects = [...grouped(done, ({ project }) => project.id).values()];
  const lines = projects.flatMap((own) => {
    const owners = [...grouped(own, (task) => ownerOf(task, settings))];
    const sums = owners.map(([owner, { length }]) => `${owner} ${length}`).join(", ");
    // When it was due no longer matters.
    const names = own.map((task) => lineOf({ ...task, due: undefined }, settings, ""));
    return [`<b>${named(own[0]?.project.name ?? "")}</b> : ${sums}`, ...someOf(names, MOST)];
  });
  return [`<b>✅ Terminées hier (${done.length})</b>`, ...lines];
}

/** What the day brings; a task stands below the most pressing heading only. */
function forecastOf(tasks: readonly Task[], today: Day): [heading: string, tasks: Task[]][] {
  const open = tasks.filter(({ status }) => OPEN.includes(status) && status !== "blocked").sort(byUrgency);
  const late = open.filter((task) => isLate(task, today));
  const due = open.filter((task) => task.due === today);
  const running = open.filter(({ status }) => status === "in_progress");
  return [
    ["⏰ En retard", late],
    ["📅 Pour aujourd'hui", due],
    ["🔧 En cours", running.filter((task) => !late.includes(task) && !due.includes(task))],
  ];
}

function section(heading: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`<b>${heading} (${lines.length})</b>`, ...someOf(lines, MOST)];
}

function lineOf(task: Task, settings: Settings, today: Day): string {
  return `• ${taskLine(task, settings, { today })}`;
}
