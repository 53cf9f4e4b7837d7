import type { FieldChanges } from "../../../plane/fields/declarations.ts";
import { iso } from "./clock.ts";
import type { Desk } from "./desk.ts";
import type { Task } from "./task.ts";

/** Fields of a timer that starts now; none where one is running. */
export function startedTimer(desk: Desk, task: Task): FieldChanges {
  return task.fields.timer_started_at === undefined ? { timer_started_at: iso(desk.bridge.clock) } : {};
}

/** A timer that stops now: whole minutes, at least one, and what the task has taken in all. */
export interface StoppedTimer {
  startedAt: string;
  minutes: number;
  total: number;
  fields: FieldChanges;
}

/** Undefined when none is running. */
export function stoppedTimer(desk: Desk, task: Task): StoppedTimer | undefined {
  const { timer_started_at: startedAt, time_spent_minutes: before = 0 } = task.fields;
  if (startedAt === undefined) return undefined;
  const minutes = Math.max(1, Math.round((desk.bridge.clock.now() - Date.parse(startedAt)) / 60_000));
  const total = before + minutes;
  return { startedAt, minutes, total, fields: { time_spent_minutes: total, timer_started_at: null } };
}

/**
 * Stops a running timer with a comment (OPENCLAW-06). The comment comes first and carries the start as its mark, so
 * that a call that was cut short is finished by the next one.
 * @returns the fields to write, and the minutes in all.
 */
export async function stopTimer(desk: Desk, task: Task): Promise<StoppedTimer | undefined> {
  const stopped = stoppedTimer(desk, task);
  if (stopped === undefined) return undefined;
  await desk.say(
    task,
    `<p>⏱️ ${duration(stopped.minutes)} de travail, ${duration(stopped.total)} en tout</p>`,
    `timer:${stopped.startedAt}`,
  );
  return stopped;
}

/** As a person reads it: `1 h 05`, `12 min`. */
export function duration(minutes: number): string {
  const whole = Math.round(minutes);
  if (whole < 60) return `${whole} min`;
  return `${Math.floor(whole / 60)} h ${String(whole % 60).padStart(2, "0")}`;
}
