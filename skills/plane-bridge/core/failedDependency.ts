import { failedDependencyHtml } from "./comments.ts";
import type { Desk } from "./desk.ts";
import { digest } from "./once.ts";
import { FAILED } from "./status.ts";
import type { Task } from "./task.ts";
import { stopTimer } from "./timer.ts";

/** The dependencies that will not be done by themselves. */
export function failedAmong(dependencies: readonly Task[]): Task[] {
  return dependencies.filter(({ status }) => status !== undefined && FAILED.includes(status));
}

/** A task whose dependency failed is blocked, with a comment, and the concierge is told both ids (OPENCLAW-14). */
export async function blockForFailed(desk: Desk, task: Task, failed: readonly Task[]): Promise<void> {
  const keys = failed.map(({ key }) => key).sort();
  // A call that was cut short may have blocked it and told nobody.
  if (task.status !== "blocked") {
    const timer = await stopTimer(desk, task);
    const mark = digest(...keys, task.fields.timer_started_at ?? "");
    await desk.say(task, failedDependencyHtml(keys), `failed-dependency:${mark}`);
    await desk.change(task, { status: "blocked", ...(timer && { fields: timer.fields }) });
  }
  const { config, metrics, wake } = desk.bridge;
  await wake(
    config.concierge,
    `${task.key} is blocked: it depends on ${keys.join(", ")}, which ${keys.length === 1 ? "is" : "are"} blocked or cancelled. ` +
      `Look at both with plane_get_task_details and decide: replan, reassign or cancel.`,
  );
  metrics.wakes.inc({ agent: config.concierge, reason: "failed_dependency" });
}
