import type { FlowArgs } from "./args.ts";
import { code } from "./n8n/code.ts";
import { called, telegram, updateRow } from "./n8n/nodes.ts";
import { flow, type Workflow } from "./n8n/workflow.ts";

/** Sends a message of the outbox, and notes what became of it: what Telegram did not take waits for the schedule. */
export function sendWorkflow(
  { credentials, tables, chat, settings }: FlowArgs,
  errorWorkflow: string,
): Workflow {
  return flow(
    "plane-send",
    [
      called("In"),
      telegram("Telegram", credentials.bot, chat, "={{ $json.html }}"),
      code("Outcome", "sent"),
      updateRow("Note", tables.outbox, [["id", "={{ $json.id }}"]], {
        ...{ state: "={{ $json.state }}", why: "={{ $json.why }}" },
        ...{ tries: "={{ $json.tries }}", due: "={{ $json.due }}" },
      }),
    ],
    [
      ["In", "Telegram"],
      ["Telegram", "Outcome"],
      ["Outcome", "Note"],
    ],
    { timeZone: settings.timeZone, timeout: 120, errorWorkflow },
  );
}
