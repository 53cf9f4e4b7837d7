import type { Entry } from "../workspace/answers.ts";
import type { CycleEvent } from "./events.ts";
import { instantOf } from "./instant.ts";
import { cycleKey } from "./keys.ts";
import { textOf } from "./read.ts";

/** What is older was told, or was there before anybody listened: a first look tells no history. */
const LATEST_MS = 7 * 24 * 60 * 60_000;

/**
 * Cycles that have begun or ended and of which nobody was told (NOTIF-01): Plane sends nothing about it, so a schedule
 * looks at their dates. One that ended before its beginning was told has only ended.
 * @param cycles as the API lists them.
 * @param now milliseconds since 1970.
 * @param told keys of what was told.
 */
export function cyclesDue(cycles: readonly Entry[], now: number, told: ReadonlySet<string>): CycleEvent[] {
  return cycles.flatMap((entry) => {
    const cycle = cycleOf(entry);
    if (cycle === undefined) return [];
    const isOver = Date.parse(cycle.end) <= now;
    const event: CycleEvent = { kind: isOver ? "cycle.completed" : "cycle.started", cycle };
    const since = now - Date.parse(isOver ? cycle.end : cycle.start);
    return since >= 0 && since < LATEST_MS && !told.has(cycleKey(event)) ? [event] : [];
  });
}

/** Undefined for a draft, which has no dates, and for one that was put away. */
function cycleOf(entry: Entry): CycleEvent["cycle"] | undefined {
  const [id, project, start, end] = ["id", "project", "start_date", "end_date"].map((key) =>
    textOf(entry[key]),
  );
  if (id === undefined || project === undefined || start === undefined || end === undefined) return undefined;
  if (instantOf(start) === undefined || instantOf(end) === undefined) return undefined;
  if (typeof entry["archived_at"] === "string") return undefined;
  const number = (key: string) => (typeof entry[key] === "number" ? entry[key] : 0);
  return {
    id,
    project,
    name: textOf(entry["name"]) ?? "",
    start,
    end,
    timeZone: textOf(entry["timezone"]) ?? "UTC",
    total: number("total_issues"),
    done: number("completed_issues"),
  };
}
