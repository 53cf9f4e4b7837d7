import type { FlowArgs } from "./args.ts";
import { code } from "./n8n/code.ts";
import { called, getRows, telegram, telegramEdit, updateRow, upsertRows, when } from "./n8n/nodes.ts";
import { flow, type Workflow } from "./n8n/workflow.ts";
import { claim } from "./steps.ts";

/** Seconds in which one execution alone touches the live message of a work item. */
const ALONE_S = 20;

/** Brings the one message about a work item to what it is to show, at most every 30 s (NOTIF-07). */
export function liveWorkflow(args: FlowArgs, errorWorkflow: string): Workflow {
  const { credentials, tables, chat, settings } = args;
  return flow(
    "plane-live",
    [
      called("In"),
      getRows("Row", tables.items, [["issue", "={{ $('In').first().json.issue }}"]], 1),
      code("Step", "liveStep"),
      when("Anything?", "$json.do === 'send' || $json.do === 'edit'"),
      // Redis keeps a key longer each time it is counted: one for each span is let go, however often it is asked for.
      claim(
        args,
        "Claim",
        `={{ JSON.stringify({ keys: [{ key: 'plane:ops:live:' + $json.issue + ':' + Math.floor(Date.now() / ${ALONE_S * 1000}), seconds: ${ALONE_S} }] }) }}`,
      ),
      when("Alone?", "$json.statusCode !== 200 || Object.values($json.body[0])[0] === 1"),
      code("Do it", "again", { node: "Step" }),
      when("Send?", "$json.do === 'send'"),
      telegram("Send", credentials.bot, chat, "={{ $json.html }}"),
      when("Edit?", "$json.do === 'edit'"),
      telegramEdit("Edit", credentials.bot, chat, "={{ $json.message }}", "={{ $json.html }}"),
      code("Shown", "shown"),
      upsertRows("Note", tables.items, [["issue", "={{ $json.issue }}"]]),
      // Not where it is to show something else meanwhile.
      updateRow(
        "Settled",
        tables.items,
        [
          ["issue", "={{ $('Step').first().json.issue }}"],
          ["live", "={{ $('Step').first().json.html }}"],
        ],
        { pending: "={{ false }}" },
      ),
    ],
    [
      ["In", "Row"],
      ["Row", "Step"],
      ["Step", "Anything?"],
      ["Anything?", "Claim"],
      ["Claim", "Alone?"],
      ["Alone?", "Do it"],
      ["Do it", "Send?"],
      ["Send?", "Send"],
      ["Send", "Shown"],
      ["Send?", "Edit?", 1],
      ["Edit?", "Edit"],
      ["Edit", "Shown"],
      ["Shown", "Note"],
      ["Note", "Settled"],
    ],
    { timeZone: settings.timeZone, timeout: 60, errorWorkflow },
  );
}
