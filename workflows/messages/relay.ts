import { CONCIERGE } from "../../agents.ts";
import type { Settings } from "../workspace/settings.ts";
import type { CommentEvent, ItemEvent, PlaneEvent } from "./events.ts";
import { agentOf } from "./person.ts";

/** What the bridge is told: ids alone, and it reads Plane itself (OPENCLAW-16). */
export interface Relay {
  work_item: string;
  project: string;
}

/** What others may wait for, or no longer need to. */
const ENDS: readonly PlaneEvent["kind"][] = ["issue.completed", "issue.blocked", "issue.left"];
/** Fields that say whose a task is, or how much it presses; its agent's field is in the description. */
const FIELDS = ["state", "assignees", "labels", "description_html", "priority", "name"];

/**
 * What the bridge should hear of now instead of at its next look: whose a task is or is to be, what was changed or said
 * by somebody else, and that others need no longer wait for it. Undefined when no agent would do anything about it:
 * what agents do to their own tasks they know.
 */
export function relayOf(event: PlaneEvent, settings: Settings): Relay | undefined {
  if ("comment" in event) {
    const { issue, project } = event.comment;
    return isOwnDoing(event, settings) ? undefined : { work_item: issue, project };
  }
  if (!("item" in event)) return undefined;
  const { kind, field, item } = event;
  const isHeard = ENDS.includes(kind) || !isOwnDoing(event, settings);
  const isAsked = kind === "issue.created" || (field !== undefined && FIELDS.includes(field));
  return isAsked && isHeard ? { work_item: item.id, project: item.project } : undefined;
}

/** Of an agent that works: what the concierge does is meant for others. */
function isOwnDoing({ actor }: ItemEvent | CommentEvent, settings: Settings): boolean {
  const agentId = agentOf(actor, settings)?.agentId;
  return agentId !== undefined && agentId !== CONCIERGE;
}
