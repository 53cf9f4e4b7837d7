import type { FlowArgs } from "./args.ts";
import { code } from "./n8n/code.ts";
import { called, fail, telegram, updateRow, when } from "./n8n/nodes.ts";
import { flow, type Workflow } from "./n8n/workflow.ts";
import { claim } from "./steps.ts";

/** Seconds in which one execution alone makes a try at sending a message: as long as one may take. */
const ALONE_S = 60;

/** Sends a message of the outbox, and notes what became of it: what Telegram did not take waits for the schedule. */
export function sendWorkflow(args: FlowArgs, errorWorkflow: string): Workflow {
  const { credentials, tables, settings, chat } = args;
  return flow(
    "plane-send",
    [
      called("In"),
      // Redis keeps a key longer each time it is counted: one for each try and span is let go all the same.
      claim(
        args,
        "Claim",
        `={{ JSON.stringify({ keys: [{ key: ['plane:ops:send', $json.id, $json.tries, Math.floor(Date.now() / ${ALONE_S * 1000})].join(':'), seconds: ${ALONE_S} }] }) }}`,
      ),
      when("Alone?", "$json.statusCode !== 200 || Object.values($json.body[0])[0] === 1"),
      telegram(
        "Telegram",
        credentials.bot,
        `={{ $('In').first().json.chat || '${chat}' }}`,
        "={{ $('In').first().json.html }}",
      ),
      code("Outcome", "sent"),
      updateRow("Note", tables.outbox, [["id", "={{ $json.id }}"]], {
        ...{ state: "={{ $json.state }}", why: "={{ $json.why }}" },
        ...{ tries: "={{ $json.tries }}", due: "={{ $json.due }}" },
      }),
      when("To be told?", "$('Outcome').first().json.alert"),
      fail("Refused", "=Telegram refuse un message : {{ $('Outcome').first().json.why }}"),
    ],
    [
      ["In", "Claim"],
      ["Claim", "Alone?"],
      ["Alone?", "Telegram"],
      ["Telegram", "Outcome"],
      ["Outcome", "Note"],
      ["Note", "To be told?"],
      ["To be told?", "Refused"],
    ],
    { timeZone: settings.timeZone, timeout: ALONE_S, errorWorkflow },
  );
}
