import { z } from "zod";
import type { Office } from "./office.ts";
import type { PluginApi } from "./openclaw.ts";
import { answer, offerSigned } from "./signed.ts";

/** Ids and nothing else: no text of a webhook's becomes a prompt. */
const Event = z.strictObject({ work_item: z.guid(), project: z.guid() });

/** `POST /plane-bridge/events`: the relay says which work item changed, and Plane is read anew (OPENCLAW-16). */
export function offerEvents(api: PluginApi, office: Office, refusals: () => string[]): void {
  offerSigned(api, office, "/plane-bridge/events", refusals, async (body, response) => {
    const event = readEvent(body);
    if (event === undefined) {
      return answer(response, 400, { error: "an event is {work_item, project}, both ids" });
    }
    answer(response, 202, { status: "accepted" });
    await office.event(event.project, event.work_item);
  });
}

/** What the relay tells of a change in Plane; undefined for anything else. */
function readEvent(body: Buffer): z.output<typeof Event> | undefined {
  try {
    return Event.parse(JSON.parse(body.toString("utf8")));
  } catch {
    return undefined;
  }
}
