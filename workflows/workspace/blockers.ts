import { type Answers, bodyOf, type Entry, type Reading, together } from "./answers.ts";
import type { Settings } from "./settings.ts";
import { OPEN } from "./status.ts";
import type { Task } from "./task.ts";
import { count, STATUS_WORDS, taskLink } from "./words.ts";

/** What a task waits for. */
export interface Waiting {
  /** Tasks that were read, and are not done. */
  tasks: Task[];
  /** How many others: in projects that were not read. */
  others: number;
}

/** By the id of the task that waits. */
export type Blockers = ReadonlyMap<string, Waiting>;

/** Tasks whose relations are read: each is a request of the token's 100 a minute. */
const MOST = 10;

/**
 * What blocked tasks wait for.
 * @param blocked the most pressing first; those after the tenth are left out.
 * @param known every task that has been read.
 */
export function blockersOf(
  answers: Answers,
  blocked: readonly Task[],
  known: readonly Task[],
): Reading<Blockers> {
  const some = blocked.slice(0, MOST);
  const relations = together(
    some.map(({ id, project }) => bodyOf(answers, `projects/${project.id}/work-items/${id}/relations/`)),
  );
  if (!("value" in relations)) return relations;
  const byId = new Map(known.map((task) => [task.id, task]));
  return { value: new Map(some.map(({ id }, at) => [id, waitingFor(id, relations.value[at] ?? {})])) };

  function waitingFor(own: string, { blocked_by }: Entry): Waiting {
    const ids = (Array.isArray(blocked_by) ? (blocked_by as Entry[]) : []).map(({ issue_id }) =>
      String(issue_id),
    );
    // A task may be related to itself (contracts/plane): nothing waits for itself.
    const others = ids.filter((id) => id !== own);
    const tasks = others.flatMap((id) => byId.get(id) ?? []);
    return {
      tasks: tasks.filter(({ status }) => OPEN.includes(status)),
      others: others.length - tasks.length,
    };
  }
}

/** « , attend ONB-3 (en cours) »; empty for what waits for nothing that is known. */
export function waitingWords({ id }: Task, blockers: Blockers, settings: Settings): string {
  const { tasks, others } = blockers.get(id) ?? { tasks: [], others: 0 };
  const words = tasks.map((task) => `${taskLink(settings, task)} (${STATUS_WORDS[task.status].one})`);
  if (others > 0) words.push(count(others, "tâche d'un autre projet", "tâches d'autres projets"));
  return words.length === 0 ? "" : `, attend ${words.join(", ")}`;
}
