import { split } from "../messages/fit.ts";
import type { Answer, Answers, Need, Reading } from "../workspace/answers.ts";
import { blockersOf } from "../workspace/blockers.ts";
import { dayOf } from "../workspace/days.ts";
import { allTasks, type Project, projectsOf, tasksOf } from "../workspace/project.ts";
import type { Settings } from "../workspace/settings.ts";
import { byUrgency } from "../workspace/task.ts";
import { agentText } from "./agent.ts";
import { helpText } from "./help.ts";
import type { CommandMessage } from "./incoming.ts";
import { match } from "./near.ts";
import { agentNames, type PauseRequest, pauseOf, pauseText } from "./pause.ts";
import { projectText } from "./project.ts";
import { statusText } from "./status.ts";
import { unknownText } from "./unknown.ts";

/** What to do next: read more of Plane and ask again, ask the bridge, or say it, in one message or several. */
export type Reply = { needs: Need[] } | { pause: PauseRequest } | { texts: string[] };

/**
 * Answers a command (NOTIF-06). Called until there are texts: each round asks for what the one before has shown to be
 * needed, all of it at once.
 *
 * @param answers what has been read of Plane so far; nothing in the first round.
 * @param now milliseconds since 1970.
 */
export function reply(
  { command, sentAt }: Pick<CommandMessage, "command" | "sentAt">,
  answers: Answers,
  settings: Settings,
  now: number,
): Reply {
  if (command.name === "help") return said(helpText(command));
  if (command.name === "pause" || command.name === "resume") {
    const next = pauseOf(command, sentAt, settings, now);
    return "pause" in next ? next : said(next.text);
  }
  const today = dayOf(now, settings.timeZone);
  if (command.name === "status") return asReply(readStatus(answers, settings, today));
  if (command.name === "project") return asReply(readProject(command.wanted, answers, settings, today));
  return asReply(readAgent(command.wanted, answers, settings, today));
}

/** The answer to a pause or its end, once the bridge has answered. */
export function pauseReply(request: PauseRequest, answer: Answer, settings: Settings): { texts: string[] } {
  return said(pauseText(request, answer, settings));
}

function readStatus(answers: Answers, settings: Settings, today: string): Reading<string> {
  const projects = projectsOf(answers);
  if (!("value" in projects)) return projects;
  const tasks = allTasks(answers);
  return "value" in tasks ? { value: statusText(tasks.value, projects.value, settings, today) } : tasks;
}

function readProject(wanted: string, answers: Answers, settings: Settings, today: string): Reading<string> {
  const projects = projectsOf(answers);
  if (!("value" in projects)) return projects;
  const result = match(projects.value, ({ name, identifier }) => [identifier, name], wanted);
  if (!("found" in result)) {
    const names = (some: readonly Project[]) => some.map(({ name }) => name);
    return {
      value: unknownText("Projet", "project", wanted, {
        near: names(result.near),
        all: names(projects.value),
      }),
    };
  }
  const tasks = tasksOf(answers, result.found);
  if (!("value" in tasks)) return tasks;
  const blocked = tasks.value.filter(({ status }) => status === "blocked").sort(byUrgency);
  const blockers = blockersOf(answers, blocked, tasks.value);
  return "value" in blockers
    ? { value: projectText(result.found, tasks.value, blockers.value, settings, today) }
    : blockers;
}

function readAgent(wanted: string, answers: Answers, settings: Settings, today: string): Reading<string> {
  const result = match(settings.agents, agentNames, wanted);
  if (!("found" in result)) {
    const names = (some: Settings["agents"]) => some.map(({ agentId }) => agentId);
    return {
      value: unknownText("Agent", "agent", wanted, { near: names(result.near), all: names(settings.agents) }),
    };
  }
  const tasks = allTasks(answers);
  return "value" in tasks ? { value: agentText(result.found, tasks.value, settings, today) } : tasks;
}

function asReply(reading: Reading<string>): Reply {
  if ("needs" in reading) return { needs: reading.needs };
  return said("problem" in reading ? reading.problem : reading.value);
}

function said(html: string): { texts: string[] } {
  return { texts: split(html) };
}
