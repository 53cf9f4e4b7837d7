import type { CycleEvent, PlaneEvent } from "./events.ts";
import { day } from "./instant.ts";

/** What makes two messages the same, whether a delivery or the catch-up tells of it. */
export interface Key {
  key: string;
  /**
   * How long nobody else may say it. Of what can happen again it covers a delivery and a catch-up at the same time;
   * beyond that the row of the work item knows what was heard last. An instant in the key would not do: `completed_at`
   * moves whenever a completed item is saved (recorded: `issue.update.labels`).
   */
  claimSeconds: number;
}

const AGAIN_S = 10 * 60;
const ONCE_S = 24 * 60 * 60;

/** The key of what an event has to say. */
export function keyOf(event: PlaneEvent): Key {
  switch (event.kind) {
    case "issue.activity.created":
    case "issue.activity.updated":
      return once(`comment:${event.comment.id}`);
    case "project.created":
      return once(`project:${event.project.id}`);
    case "cycle.started":
    case "cycle.completed":
      return once(cycleKey(event));
    default:
      return { key: `${event.kind}:${event.item.id}`, claimSeconds: AGAIN_S };
  }
}

/** A cycle that is moved to another day begins or ends once more. */
export function cycleKey({ kind, cycle }: CycleEvent): string {
  return `${kind}:${cycle.id}:${day(kind === "cycle.started" ? cycle.start : cycle.end)}`;
}

function once(key: string): Key {
  return { key, claimSeconds: ONCE_S };
}
