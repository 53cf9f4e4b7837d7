import type { FlowArgs } from "./args.ts";
import { code } from "./n8n/code.ts";
import { errorTrigger, insertRow, telegram, when } from "./n8n/nodes.ts";
import { flow, type Workflow } from "./n8n/workflow.ts";

/** Tells another chat that a flow has failed, with where and why; by way of the outbox when Telegram is away. */
export function errorsWorkflow({ credentials, alertChat, settings, tables }: FlowArgs): Workflow {
  return flow(
    "plane-errors",
    [
      errorTrigger("Failed"),
      code("Words", "failure"),
      telegram("Telegram", credentials.bot, alertChat, "={{ $json.html }}"),
      when("Taken?", "$json.error === undefined"),
      insertRow("Outbox", tables.outbox, {
        ...{ key: "={{ 'failure:' + $execution.id }}", html: "={{ $('Words').first().json.html }}" },
        ...{ chat: alertChat, state: "waiting", topic: "failure", headline: "", tries: "={{ 0 }}" },
        due: "={{ Date.now() }}",
      }),
    ],
    [
      ["Failed", "Words"],
      ["Words", "Telegram"],
      ["Telegram", "Taken?"],
      ["Taken?", "Outbox", 1],
    ],
    { timeZone: settings.timeZone, timeout: 60 },
  );
}
