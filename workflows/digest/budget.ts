import { monthOf } from "../workspace/days.ts";
import { ACTIVE } from "../workspace/status.ts";
import type { Task } from "../workspace/task.ts";
import { dollars } from "../workspace/words.ts";

/** What the month's money is, in dollars (OPENCLAW-11). */
export interface Budget {
  /** Of tasks done this month. */
  spent: number;
  /** Of tasks that are in todo, in progress or blocked. */
  active: number;
}

/** The sums of the bridge's `plane_budget`; the month is UTC's, as there: both say the same. */
export function budgetOf(tasks: readonly Task[], now: number): Budget {
  const month = new Date(now).toISOString().slice(0, 7);
  const sum = (some: readonly Task[]) =>
    Math.round(some.reduce((total, { fields }) => total + (fields.cost_estimate ?? 0), 0) * 100) / 100;
  return {
    spent: sum(
      tasks.filter(({ status, completedAt }) => status === "done" && completedAt?.startsWith(month)),
    ),
    active: sum(tasks.filter(({ status }) => ACTIVE.includes(status))),
  };
}

/**
 * « 💰 Budget de novembre : … »; empty where no money is known of.
 * @param settings its budget is in dollars a month.
 */
export function budgetLine(tasks: readonly Task[], { budget }: { budget?: number }, now: number): string {
  const { spent, active } = budgetOf(tasks, now);
  if (budget === undefined && spent + active === 0) return "";
  const month = monthOf(new Date(now).toISOString().slice(0, 10));
  const words = `💰 Budget (${month}) : ${dollars(spent)} dépensés, ${dollars(active)} engagés`;
  if (budget === undefined) return `${words}.`;
  const rest = budget - spent;
  const warning = rest < active ? ` ⚠️ Dépassement prévu : ${dollars(active - rest)}.` : "";
  return `${words} ; reste ${dollars(rest)} sur ${dollars(budget)}.${warning}`;
}
