import { z } from "zod";
import { listAttachments } from "../../../plane/api/attachments.ts";
import { blockedHtml, cancelledHtml, doneHtml, startedHtml } from "../core/comments.ts";
import { type Completion, missingForDone } from "../core/completion.ts";
import type { Desk } from "../core/desk.ts";
import { BridgeError } from "../core/errors.ts";
import { blockForFailed, failedAmong } from "../core/failedDependency.ts";
import { logsOf } from "../core/logs.ts";
import { toHtml } from "../core/markdown.ts";
import { alone, digest } from "../core/once.ts";
import { ownTask, workerOf } from "../core/ownership.ts";
import { readSeen } from "../core/seen.ts";
import { nextStatuses, STATUSES, type Status } from "../core/status.ts";
import { statusName, type Task } from "../core/task.ts";
import { startedTimer, stopTimer } from "../core/timer.ts";
import { type Answer, taskId, tool } from "./tool.ts";

const input = z.strictObject({
  task_id: taskId,
  status: z.enum(["todo", "in_progress", "done", "blocked", "cancelled"]),
  summary: z.string().optional().describe("For done: what was done, in Markdown"),
  confidence: z
    .number()
    .min(0)
    .max(1)
    .optional()
    .describe("For done: how sure you are; below 0.7 a person reviews"),
  evidence: z
    .object({
      commit: z.string().optional().describe("The commit that holds the code"),
      tests: z.enum(["passed", "not_applicable"]).optional(),
    })
    .optional()
    .describe("For done, when the task's kind is code"),
  reason: z.string().optional().describe("For blocked and cancelled: why, and what would help"),
});
type Input = z.output<typeof input>;

export const updateTaskStatus = tool({
  name: "plane_update_task_status",
  title: "Start, finish, block or give back a task",
  description:
    "Moves a task of yours: todo -> in_progress -> done, or blocked, cancelled, back to todo. in_progress claims it and starts its " +
    "timer, and is refused while a dependency is not done. done needs summary and confidence, evidence for code, and the " +
    "deliverable where one is required. Comments are written by themselves.",
  input,
  callers: "everyone",
  readOnly: false,
  idempotent: true,
  example: { task_id: "ONB-2", status: "in_progress" },
  async run(desk, wish) {
    const task = await ownTask(desk, wish.task_id);
    if (task.status !== wish.status) checkTransition(task, wish.status);
    switch (wish.status) {
      case "in_progress":
        return start(desk, task);
      case "done":
        return finish(desk, task, wish);
      case "blocked":
        return leave(desk, task, wish, blockedHtml);
      case "cancelled":
        return leave(desk, task, wish, cancelledHtml);
      case "todo":
        return giveBack(desk, task);
    }
  },
});

function checkTransition(task: Task, to: Status): void {
  const from = task.status;
  const allowed = from === undefined ? STATUSES : nextStatuses(from);
  if (allowed.includes(to)) return;
  throw new BridgeError(
    `${task.key} is ${statusName(task)} and cannot become ${to}`,
    allowed.length === 0
      ? "leave it: only a person reopens it, in Plane"
      : `allowed from here: ${allowed.join(", ")}`,
  );
}

/**
 * Claims by compare: what was written is read again, and who finds somebody else's claim backs off (OPENCLAW-09). The
 * sessions of one machine come one after the other.
 */
function start(desk: Desk, task: Task): Promise<Answer> {
  return alone(desk, `claim ${task.item.id}`, async () => claim(desk, await desk.again(task)));
}

async function claim(desk: Desk, task: Task): Promise<Answer> {
  if (task.status === "in_progress") return alreadyStarted(desk, task);
  checkTransition(task, "in_progress");
  const dependencies = await desk.dependencies(task);
  const failed = failedAmong(dependencies);
  if (failed.length > 0) {
    await blockForFailed(desk, task, failed);
    return told(
      `${task.key} is blocked now: ${failed.map(({ key }) => key).join(", ")} failed. The concierge was told. Take another task.`,
      {
        id: task.key,
        status: "blocked",
      },
    );
  }
  const open = dependencies.filter(({ status }) => status !== "done");
  if (open.length > 0) {
    throw new BridgeError(
      `${task.key} waits for ${open.map((other) => `${other.key} (${statusName(other)})`).join(", ")}`,
      "leave it: you are woken when it is unblocked; take another task meanwhile",
    );
  }
  const timer = { ...startedTimer(desk, task) };
  const session = desk.sessionId === undefined ? {} : { session_id: desk.sessionId };
  await desk.change(task, { status: "in_progress", fields: { ...timer, ...session } });
  const claimed = await desk.again(task);
  if (claimed.status !== "in_progress" || isSomebodyElses(desk, claimed, timer.timer_started_at)) {
    throw new BridgeError(
      `${task.key} was claimed by another session at the same moment`,
      "take another task",
    );
  }
  await announceStart(desk, claimed);
  return told(`${task.key} is yours and in progress; its timer runs.`, {
    id: task.key,
    status: "in_progress",
  });
}

async function alreadyStarted(desk: Desk, task: Task): Promise<Answer> {
  if (isSomebodyElses(desk, task, undefined)) {
    if (!isLeft(desk, task)) {
      throw new BridgeError(`${task.key} is being worked on in another session`, "take another task");
    }
    await desk.change(task, { fields: { session_id: desk.sessionId ?? null } });
    return told(
      `${task.key} is yours: the session that had it has shown no sign for an hour. Its timer runs.`,
      {
        id: task.key,
        status: "in_progress",
      },
    );
  }
  await announceStart(desk, task);
  return told(`${task.key} is in progress already.`, { id: task.key, status: "in_progress" });
}

function isSomebodyElses(desk: Desk, { fields }: Task, startedAt: string | null | undefined): boolean {
  const otherSession =
    desk.sessionId !== undefined && (fields.session_id ?? desk.sessionId) !== desk.sessionId;
  const otherStart = typeof startedAt === "string" && fields.timer_started_at !== startedAt;
  return otherSession || otherStart;
}

/** Whether the session that has a task in progress seems to have died: the poller has told its agent to go on. */
function isLeft({ bridge, agent }: Desk, { item }: Task): boolean {
  return (readSeen(bridge.config, agent.agentId).tasks[item.id]?.reminded ?? null) !== null;
}

/** Once per start: the timer's start is its mark, so a call that was cut short is finished by the next one. */
async function announceStart(desk: Desk, task: Task): Promise<void> {
  const { timer_started_at: startedAt } = task.fields;
  if (startedAt === undefined) return;
  await desk.say(task, startedHtml(workerOf(desk, task), logsOf(desk, task)), `start:${startedAt}`);
}

async function finish(desk: Desk, task: Task, wish: Input): Promise<Answer> {
  const { confidence = task.fields.confidence_score ?? 1 } = wish;
  if (task.status !== "done") {
    await checkCompletion(desk, task, wish);
    if (wish.summary !== undefined)
      await desk.say(task, toHtml(wish.summary), `summary:${digest(wish.summary)}`);
    const timer = await stopTimer(desk, task);
    const fields = { confidence_score: confidence, ...(timer?.fields ?? {}) };
    await desk.change(task, { status: "done", fields });
  }
  const done = await desk.again(task);
  const mark = `done:${done.item.completed_at ?? done.item.updated_at}`;
  await desk.say(done, doneHtml(workerOf(desk, done), confidence), mark);
  return told(`${task.key} is done.`, { id: task.key, status: "done", confidence });
}

async function checkCompletion(desk: Desk, task: Task, completion: Completion): Promise<void> {
  const [dependencies, attachments] = await Promise.all([
    desk.dependencies(task),
    task.fields.deliverable === "required" ? listAttachments(desk.access, desk.path(task)) : [],
  ]);
  const missing = missingForDone(task, dependencies, attachments, completion);
  if (missing.length === 0) return;
  throw new BridgeError(
    `${task.key} is not done yet; missing:\n- ${missing.join("\n- ")}\n`,
    "give what is missing and call it again",
  );
}

/**
 * The comment comes first: its mark is what it says and which stretch of work it ends, so that it is written once
 * however often this is tried. `updated_at` would not do: Plane moves it with each comment.
 */
async function leave(
  desk: Desk,
  task: Task,
  { reason, status }: Input,
  html: (agent: Desk["agent"], reason: string) => string,
): Promise<Answer> {
  if (task.status === status) return told(`${task.key} is ${status} already.`, { id: task.key, status });
  if (reason === undefined || reason.trim() === "") {
    throw new BridgeError(`${status} needs a reason`, "say why, and what would help, in `reason`");
  }
  const timer = await stopTimer(desk, task);
  await desk.say(
    task,
    html(workerOf(desk, task), reason),
    `${status}:${digest(reason, task.fields.timer_started_at ?? "")}`,
  );
  await desk.change(task, { status, ...(timer && { fields: timer.fields }) });
  return told(`${task.key} is ${status}.`, { id: task.key, status });
}

async function giveBack(desk: Desk, task: Task): Promise<Answer> {
  const timer = await stopTimer(desk, task);
  const fields = { session_id: null, ...(timer?.fields ?? {}) };
  await desk.change(task, { status: "todo", fields });
  return told(`${task.key} is back in todo.`, { id: task.key, status: "todo" });
}

function told(text: string, data: Record<string, unknown>): Answer {
  return { text, data };
}
