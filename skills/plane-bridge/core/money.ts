import type { BridgeConfig } from "./config.ts";
import { ACTIVE } from "./status.ts";
import type { Task } from "./task.ts";

/** How much longer or shorter than usual a task is expected to take. */
export const COMPLEXITY = { simple: 0.5, medium: 1, complex: 2.5 } as const;
export type Complexity = keyof typeof COMPLEXITY;

/** Minutes of a usual task of an agent of whom too little is known. */
const USUAL_MINUTES = 60;
const ENOUGH_KNOWN = 3;
/** Older work says less about how an agent works today. */
const LAST = 20;

/**
 * The cost of a task in dollars (OPENCLAW-11): the price of an hour, times the median time of the agent's last 20 done
 * tasks whose time is known (an hour, when there are fewer than 3), times 0.5, 1 or 2.5 for the complexity.
 */
export function estimateCost(
  { costPerHour }: Pick<BridgeConfig, "costPerHour">,
  tasks: readonly Task[],
  agentId: string,
  complexity: Complexity,
): number {
  const minutes = tasks
    .filter(({ status, fields }) => status === "done" && fields.agent_id === agentId)
    .sort((a, b) => (b.item.completed_at ?? "").localeCompare(a.item.completed_at ?? ""))
    .flatMap(({ fields }) => fields.time_spent_minutes ?? [])
    .slice(0, LAST);
  const usual = minutes.length < ENOUGH_KNOWN ? USUAL_MINUTES : median(minutes);
  return cents((usual / 60) * costPerHour * COMPLEXITY[complexity]);
}

/** What the month's money is (OPENCLAW-11). */
export interface Budget {
  /** Dollars a month; null: no budget is kept. */
  budget: number | null;
  /** Of tasks done this month. */
  spent: number;
  /** Of tasks that are in todo, in progress or blocked. */
  active: number;
  /** budget - spent; null without a budget. */
  rest: number | null;
}

/** @param now milliseconds since 1970; the month is UTC's. */
export function budgetOf(
  { budget }: Pick<BridgeConfig, "budget">,
  tasks: readonly Task[],
  now: number,
): Budget {
  const month = new Date(now).toISOString().slice(0, 7);
  const sum = (some: readonly Task[]) =>
    cents(some.reduce((total, { fields }) => total + (fields.cost_estimate ?? 0), 0));
  const spent = sum(
    tasks.filter(({ status, item }) => status === "done" && item.completed_at?.startsWith(month) === true),
  );
  const active = sum(tasks.filter(({ status }) => status !== undefined && ACTIVE.includes(status)));
  return { budget: budget ?? null, spent, active, rest: budget === undefined ? null : cents(budget - spent) };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [low = 0, high = 0] = [sorted[sorted.length % 2 === 1 ? middle : middle - 1], sorted[middle]];
  return (low + high) / 2;
}

/** Without the dust that adding up leaves. */
export function cents(dollars: number): number {
  return Math.round(dollars * 100) / 100;
}
