import type { Day } from "../workspace/days.ts";
import type { Project } from "../workspace/project.ts";
import type { Settings } from "../workspace/settings.ts";
import { OPEN } from "../workspace/status.ts";
import { byUrgency, type Task } from "../workspace/task.ts";
import {
  count,
  counted,
  isLate,
  named,
  projectLink,
  STATUS_WORDS,
  someOf,
  taskLine,
} from "../workspace/words.ts";

/** Running tasks that are named for each project. */
const MOST = 10;

/** `/plane status`: the active projects, and what runs or is stuck in each (NOTIF-06). */
export function statusText(
  tasks: readonly Task[],
  projects: readonly Project[],
  settings: Settings,
  today: Day,
): string {
  const open = tasks.filter(({ status }) => OPEN.includes(status));
  const isActive = ({ id }: Project) => open.some(({ project }) => project.id === id);
  const active = projects.filter(isActive);
  const idle = projects.filter((project) => !isActive(project));
  return [
    `📊 <b>${count(active.length, "projet actif", "projets actifs")}</b>`,
    summary(open, today),
    ...active.flatMap((project) => ["", ...projectLines(project, tasks, settings, today)]),
    ...(idle.length === 0
      ? []
      : ["", `Sans tâche ouverte : ${idle.map(({ name }) => named(name)).join(", ")}`]),
  ].join("\n");
}

function summary(open: readonly Task[], today: Day): string {
  const late = open.filter((task) => isLate(task, today)).length;
  const numbers = OPEN.map((status) => counted(status, open.filter((task) => task.status === status).length));
  return [...numbers, ...(late === 0 ? [] : [`⏰ ${late} en retard`])].join(" · ");
}

function projectLines(project: Project, tasks: readonly Task[], settings: Settings, today: Day): string[] {
  const own = tasks.filter((task) => task.project.id === project.id);
  const done = own.filter(({ status }) => status === "done").length;
  const planned = own.filter(({ status }) => status !== "cancelled").length;
  const shown = own.filter(({ status }) => status === "in_progress" || status === "blocked").sort(byUrgency);
  const lines = shown.map(
    (task) => `${STATUS_WORDS[task.status].sign} ${taskLine(task, settings, { today })}`,
  );
  return [
    `${projectLink(settings, project)} : ${count(done, "terminée")} sur ${planned}`,
    ...(lines.length === 0 ? ["Rien en cours."] : someOf(lines, MOST)),
  ];
}
