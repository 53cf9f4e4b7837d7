import type { FlowArgs } from "./args.ts";
import { code } from "./n8n/code.ts";
import {
  call,
  called,
  getRows,
  insertRows,
  type Match,
  schedule,
  splitOut,
  upsertRows,
  when,
} from "./n8n/nodes.ts";
import { flow, type Workflow } from "./n8n/workflow.ts";
import { askPlane } from "./steps.ts";

const EVERY_MIN = 5;
/** Projects, and cycles of a week, are fewer. */
const MARKS = 1000;
const ALL: Match[] = [["project", "", "isNotEmpty"]];

/**
 * Looks for what no delivery told of, while n8n, Caddy or the network was away (NOTIF-01): it goes into the inbox as
 * deliveries do. Cycles begin and end by their dates alone.
 */
export function catchUpWorkflow(
  args: FlowArgs,
  { look, tell }: { look: string; tell: string },
  errorWorkflow: string,
): Workflow {
  const { tables, settings } = args;
  return flow(
    "plane-catch-up",
    [
      schedule("Every 5 min", { minutes: EVERY_MIN }),
      getRows("Marks", tables.marks, ALL, MARKS),
      code("Looks", "looks"),
      when("Is more needed?", "$json.needs.length > 0"),
      splitOut("Needs", "needs"),
      askPlane(args),
      when("New projects?", "$json.rows.length > 0"),
      code("Rows", "field", { field: "rows" }),
      insertRows("Inbox", tables.inbox),
      call("Tell", tell),
      code("To look into", "lookInto"),
      call("Look", look),
    ],
    [
      ["Every 5 min", "Marks"],
      ["Marks", "Looks"],
      ["Looks", "Is more needed?"],
      ["Is more needed?", "Needs"],
      ["Needs", "Plane"],
      ["Plane", "Looks"],
      ["Is more needed?", "New projects?", 1],
      ["New projects?", "Rows"],
      ["Rows", "Inbox"],
      ["Inbox", "Tell"],
      ["Tell", "To look into"],
      ["New projects?", "To look into", 1],
      ["To look into", "Look"],
    ],
    { timeZone: settings.timeZone, timeout: 280, errorWorkflow },
  );
}

/** One project of a catch-up: the events first, then the mark, for who is stopped in between looks again. */
export function lookWorkflow(args: FlowArgs, tell: string, errorWorkflow: string): Workflow {
  const { tables, settings } = args;
  return flow(
    "plane-look",
    [
      called("In"),
      getRows("Marks", tables.marks, ALL, MARKS),
      code("Caught", "caught"),
      when("Is more needed?", "$json.needs.length > 0"),
      splitOut("Needs", "needs"),
      askPlane(args),
      when("Anything?", "$json.rows.length > 0"),
      code("Rows", "field", { field: "rows" }),
      insertRows("Inbox", tables.inbox),
      code("New marks", "newMarks"),
      upsertRows("Keep marks", tables.marks, [["project", "={{ $json.project }}"]]),
      { ...when("To be told?", "$('Inbox').isExecuted"), executeOnce: true },
      code("To tell", "again", { node: "Inbox" }),
      call("Tell", tell),
    ],
    [
      ["In", "Marks"],
      ["Marks", "Caught"],
      ["Caught", "Is more needed?"],
      ["Is more needed?", "Needs"],
      ["Needs", "Plane"],
      ["Plane", "Caught"],
      ["Is more needed?", "Anything?", 1],
      ["Anything?", "Rows"],
      ["Rows", "Inbox"],
      ["Inbox", "New marks"],
      ["Anything?", "New marks", 1],
      ["New marks", "Keep marks"],
      ["Keep marks", "To be told?"],
      ["To be told?", "To tell"],
      ["To tell", "Tell"],
    ],
    { timeZone: settings.timeZone, timeout: 240, errorWorkflow },
  );
}
