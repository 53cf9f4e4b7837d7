import { z } from "zod";
import { BridgeError } from "../core/errors.ts";
import { ownTask } from "../core/ownership.ts";
import { startedTimer, stopTimer } from "../core/timer.ts";
import { taskId, tool } from "./tool.ts";

export const startTimer = tool({
  name: "plane_start_timer",
  title: "Start a task's timer",
  description:
    "Starts the timer of a task that you have in progress. One is running already: nothing happens. Starting a task does this by itself.",
  input: z.strictObject({ task_id: taskId }),
  callers: "everyone",
  readOnly: false,
  idempotent: true,
  example: { task_id: "ONB-2" },
  async run(desk, { task_id }) {
    const task = await ownTask(desk, task_id);
    if (task.status !== "in_progress") {
      throw new BridgeError(`${task.key} is not in progress`, "start it with plane_update_task_status");
    }
    const { fields } = await desk.change(task, { fields: startedTimer(desk, task) });
    return {
      text: `The timer of ${task.key} runs since ${fields.timer_started_at}.`,
      data: { id: task.key, running_since: fields.timer_started_at },
    };
  },
});

export const stopTimerTool = tool({
  name: "plane_stop_timer",
  title: "Stop a task's timer",
  description:
    "Stops the timer, adds the minutes to the task's total and comments them. None is running: nothing happens. Finishing a task does this by itself.",
  input: z.strictObject({ task_id: taskId }),
  callers: "everyone",
  readOnly: false,
  idempotent: true,
  example: { task_id: "ONB-2" },
  async run(desk, { task_id }) {
    const task = await ownTask(desk, task_id);
    const stopped = await stopTimer(desk, task);
    if (stopped !== undefined) await desk.change(task, { fields: stopped.fields });
    const total = stopped?.total ?? task.fields.time_spent_minutes ?? 0;
    return {
      text: `The timer of ${task.key} ${stopped === undefined ? "was not running" : "is stopped"}; ${total} min in all.`,
      data: { id: task.key, minutes: total },
    };
  },
});
