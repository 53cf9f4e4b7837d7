import { type Blockers, waitingWords } from "../workspace/blockers.ts";
import type { Day } from "../workspace/days.ts";
import type { Project } from "../workspace/project.ts";
import type { Settings } from "../workspace/settings.ts";
import { STATUSES, type Status } from "../workspace/status.ts";
import { byUrgency, type Task } from "../workspace/task.ts";
import { counted, isLate, projectLink, someOf, taskLine } from "../workspace/words.ts";

/** Tasks that are named below each heading. */
const MOST = 20;
/** Next ones: what comes after them may still change. */
const NEXT = 5;
const BAR = 10;

/** `/plane project <nom>`: how far it is, what is stuck or late, and what comes next (NOTIF-06). */
export function projectText(
  project: Project,
  tasks: readonly Task[],
  blockers: Blockers,
  settings: Settings,
  today: Day,
): string {
  const of = (status: Status) => tasks.filter((task) => task.status === status).sort(byUrgency);
  const todo = of("todo");
  const late = [...todo, ...of("backlog")].filter((task) => isLate(task, today));
  const next = todo.filter((task) => !late.includes(task));
  const line = (task: Task) => `• ${taskLine(task, settings, { today })}`;
  const blocked = of("blocked").map((task) => `${line(task)}${waitingWords(task, blockers, settings)}`);
  return [
    `📁 ${projectLink(settings, project)}`,
    progress(of("done").length, tasks.length - of("cancelled").length),
    STATUSES.map((status) => counted(status, of(status).length)).join(" · "),
    ...section("🔧 En cours", of("in_progress").map(line), MOST),
    ...section("⛔ Bloquées", blocked, MOST),
    ...section("⏰ En retard", late.map(line), MOST),
    ...section("➡️ À suivre", next.map(line), NEXT),
  ].join("\n");
}

function progress(done: number, planned: number): string {
  if (planned === 0) return "Aucune tâche.";
  const full = Math.floor((done / planned) * BAR);
  return `${"▓".repeat(full)}${"░".repeat(BAR - full)} ${Math.floor((done / planned) * 100)} % : ${done} sur ${planned}`;
}

function section(heading: string, lines: readonly string[], most: number): string[] {
  return lines.length === 0 ? [] : ["", `<b>${heading} (${lines.length})</b>`, ...someOf(lines, most)];
}
