import type { FlowArgs } from "./args.ts";
import { called, fail, when } from "./n8n/nodes.ts";
import { flow, type Workflow } from "./n8n/workflow.ts";
import { claim, REFUSED, SEND_S, trySending } from "./steps.ts";

/** Sends a message that waits in the outbox, one execution alone, and notes what became of it. */
export function sendWorkflow(args: FlowArgs, errorWorkflow: string): Workflow {
  const { settings } = args;
  const { steps, wires } = trySending(args, "In");
  return flow(
    "plane-send",
    [
      called("In"),
      // Redis keeps a key longer each time it is counted: one for each try and span is let go all the same.
      claim(
        args,
        "Claim",
        `={{ JSON.stringify({ keys: [{ key: ['plane:ops:send', $json.id, $json.tries, Math.floor(Date.now() / ${SEND_S * 1000})].join(':'), seconds: ${SEND_S} }] }) }}`,
      ),
      when("Alone?", "$json.statusCode !== 200 || Object.values($json.body[0])[0] === 1"),
      ...steps,
      when("To be told?", REFUSED.isTold),
      fail("Refused", REFUSED.words),
    ],
    [
      ["In", "Claim"],
      ["Claim", "Alone?"],
      ["Alone?", "Telegram"],
      ...wires,
      ["Note", "To be told?"],
      ["To be told?", "Refused"],
    ],
    { timeZone: settings.timeZone, timeout: SEND_S, errorWorkflow },
  );
}
