import type { FlowArgs } from "./args.ts";
import { code } from "./n8n/code.ts";
import { daily, insertRows, splitOut, when } from "./n8n/nodes.ts";
import { flow, type Workflow } from "./n8n/workflow.ts";
import { askPlane } from "./steps.ts";

const HOUR = 8;

/** The morning's digest (NOTIF-08), by way of the outbox: it is sent although Telegram should be away then. */
export function digestWorkflow(args: FlowArgs, errorWorkflow: string): Workflow {
  const { settings, tables, budget } = args;
  return flow(
    "plane-digest",
    [
      daily("8:00", HOUR),
      code("Digest", "digest", { ...settings, ...(budget !== undefined && { budget }) }),
      when("Is more needed?", "$json.needs.length > 0"),
      splitOut("Needs", "needs"),
      askPlane(args),
      code("Rows", "field", { field: "rows" }),
      insertRows("Outbox", tables.outbox),
    ],
    [
      ["8:00", "Digest"],
      ["Digest", "Is more needed?"],
      ["Is more needed?", "Needs"],
      ["Needs", "Plane"],
      ["Plane", "Digest"],
      ["Is more needed?", "Rows", 1],
      ["Rows", "Outbox"],
    ],
    { timeZone: settings.timeZone, timeout: 120, errorWorkflow },
  );
}
