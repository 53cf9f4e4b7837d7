import { type Answers, type Entry, listOf, type Reading, together } from "../workspace/answers.ts";
import { type Day, dayOf } from "../workspace/days.ts";
import type { Task } from "../workspace/task.ts";

/** Tasks whose history is read: each is a request of the token's 100 a minute. */
const MOST = 30;

/**
 * The tasks that were done on a day. Plane moves `completed_at` with every save of a done task (contracts/plane:
 * `wh.issue.labels`), so that a label that a person takes away after a review would make it done once more: the
 * history says when it was. Above thirty candidates, `completed_at` has to do for the rest.
 */
export function completedOn(
  answers: Answers,
  tasks: readonly Task[],
  day: Day,
  timeZone: string,
): Reading<Task[]> {
  const on = (instant = "") => (instant === "" ? "" : dayOf(Date.parse(instant), timeZone));
  const candidates = tasks
    .filter(({ status, completedAt }) => status === "done" && on(completedAt) >= day)
    .sort((a, b) => (a.completedAt ?? "").localeCompare(b.completedAt ?? ""));
  const histories = together(
    candidates
      .slice(0, MOST)
      .map(({ id, project }) =>
        listOf(answers, `projects/${project.id}/work-items/${id}/activities/`, ACTIVITIES),
      ),
  );
  if (!("value" in histories)) return histories;
  return {
    value: candidates.filter(
      ({ completedAt }, at) => on(lastStateChange(histories.value[at] ?? []) ?? completedAt) === day,
    ),
  };
}

const ACTIVITIES = { fields: "field,created_at", order_by: "created_at" };

/** When a task got the state that it has; undefined for one that was made in it. */
function lastStateChange(history: readonly Entry[]): string | undefined {
  const change = history.findLast(({ field }) => field === "state");
  return change === undefined ? undefined : String(change["created_at"]);
}
