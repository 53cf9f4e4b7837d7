import type { FlowArgs } from "./args.ts";
import { code } from "./n8n/code.ts";
import { errorTrigger, telegram } from "./n8n/nodes.ts";
import { flow, type Workflow } from "./n8n/workflow.ts";

/** Tells another chat that a flow has failed, with where and why. */
export function errorsWorkflow({ credentials, alertChat, settings }: FlowArgs): Workflow {
  return flow(
    "plane-errors",
    [
      errorTrigger("Failed"),
      code("Words", "failure"),
      telegram("Telegram", credentials.bot, alertChat, "={{ $json.html }}"),
    ],
    [
      ["Failed", "Words"],
      ["Words", "Telegram"],
    ],
    { timeZone: settings.timeZone, timeout: 60 },
  );
}
