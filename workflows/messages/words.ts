import type { Project } from "../workspace/project.ts";
import type { Settings } from "../workspace/settings.ts";
import { named } from "../workspace/words.ts";
import type { Context } from "./context.ts";
import { escapeHtml } from "./escape.ts";

/** French puts one inside of quotes and before colons. */
export const NBSP = "\u00a0";

/** « 1 h 05 », « 12 min ». */
export function duration(minutes: number): string {
  const whole = Math.round(minutes);
  if (whole < 60) return `${whole}${NBSP}min`;
  return `${Math.floor(whole / 60)}${NBSP}h${NBSP}${String(whole % 60).padStart(2, "0")}`;
}

/** « [Projet] », which every message begins with (NOTIF-04); empty when the project may not be read. */
export function head(project: Project | undefined): string {
  return project === undefined ? "" : `<b>[${named(project.name)}]</b> `;
}

/** A name in French quotes, as a link. */
export function quoted(name: string, url: string): string {
  return `«${NBSP}<a href="${escapeHtml(url)}">${named(name)}</a>${NBSP}»`;
}

/** Where people see something of the workspace, by the parts of its path. */
export function placeOf({ planeUrl, workspace }: Settings, ...parts: string[]): string {
  const path = parts.map((part) => encodeURIComponent(part.toWellFormed())).join("/");
  return `${planeUrl}/${workspace}/${path}/`;
}

/** « Titre » (ONB-3), as a link to the task in Plane (NOTIF-04). */
export function taskTitle({ item, project }: Context, settings: Settings): string {
  if (item === undefined) return "une tâche";
  if (project === undefined) {
    return quoted(item.name, placeOf(settings, "projects", item.project, "issues", item.id));
  }
  const key = `${project.identifier}-${item.number}`;
  return `${quoted(item.name, placeOf(settings, "browse", key))} (${named(key)})`;
}
