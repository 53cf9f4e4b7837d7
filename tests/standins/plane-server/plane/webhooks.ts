import type { Row } from "../database.ts";
import type { Request } from "../http/exchange.ts";
import type { Call } from "../http/views.ts";

/** The task that tells webhooks what happened. */
export const MODEL_ACTIVITY = "plane.bgtasks.webhook_task.model_activity";

export type Change = { field: string; old_value: unknown; new_value: unknown };

/** What happened to one object: it was made, fields of it changed, or it is gone. */
export interface Activity {
  event: "project" | "issue" | "issue_comment";
  id: string;
  /** Absent: the object is new. */
  changes?: Change[];
  deleted?: boolean;
}

/** The fields of a request whose value is another than before, under the names that the client used. */
export function changed(before: Row, body: Row): Change[] {
  return Object.keys(body)
    .filter((field) => field in before && JSON.stringify(before[field]) !== JSON.stringify(body[field]))
    .map((field) => ({ field, old_value: before[field], new_value: body[field] }));
}

/** Queues the task; a change that changes nothing queues none. */
export async function modelActivity(request: Request, call: Call, activity: Activity): Promise<void> {
  if (activity.changes?.length === 0) return;
  await call.broker.publish(MODEL_ACTIVITY, {
    ...activity,
    slug: request.params["slug"],
    actor_id: call.user.id,
  });
}
