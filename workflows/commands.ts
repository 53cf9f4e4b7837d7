import type { FlowArgs } from "./args.ts";
import { code } from "./n8n/code.ts";
import { hmacOf, promptWebhook, request, splitOut, telegramReply, when } from "./n8n/nodes.ts";
import { flow, type Wire, type Workflow } from "./n8n/workflow.ts";
import { askPlane, claim } from "./steps.ts";

/** Answers `/plane` (NOTIF-06): whoever delivers Telegram's updates knows the secret token that goes with them. */
export function commandsWorkflow(args: FlowArgs, errorWorkflow: string): Workflow {
  const { credentials, settings, bridge, commandChats } = args;
  const asked = "={{ JSON.stringify($('Reply').first().json.pause) }}";
  const pause =
    bridge === undefined
      ? []
      : [
          hmacOf("Sign", bridge.secret, asked, "signature"),
          request("Bridge", {
            method: "POST",
            url: `${bridge.url}pause`,
            headers: { "x-plane-bridge-signature": "={{ $json.signature }}" },
            body: asked,
            timeout: 5000,
          }),
        ];
  const toBridge: Wire[] =
    bridge === undefined
      ? [["Pause?", "Paused"]]
      : [
          ["Pause?", "Sign"],
          ["Sign", "Bridge"],
          ["Bridge", "Paused"],
        ];
  return flow(
    "plane-commands",
    [
      promptWebhook("Telegram's update", "telegram", credentials.telegramSecret),
      code("Command", "command", { chats: commandChats }),
      claim(args, "Count", "={{ JSON.stringify({ keys: $json.keys }) }}"),
      code("Reply", "reply", settings),
      when("Is more needed?", "$json.needs.length > 0"),
      splitOut("Needs", "needs"),
      askPlane(args),
      when("Pause?", "$json.pause !== null"),
      ...pause,
      code("Paused", "paused", settings),
      splitOut("Texts", "texts"),
      telegramReply("Answer", credentials.bot, {
        chat: "={{ $('Command').first().json.chat }}",
        message: "={{ $('Command').first().json.message }}",
        thread: "={{ $('Command').first().json.thread ?? '' }}",
      }),
    ],
    [
      ["Telegram's update", "Command"],
      ["Command", "Count"],
      ["Count", "Reply"],
      ["Reply", "Is more needed?"],
      ["Is more needed?", "Needs"],
      ["Needs", "Plane"],
      ["Plane", "Reply"],
      ["Is more needed?", "Pause?", 1],
      ...toBridge,
      ["Paused", "Texts"],
      ["Pause?", "Texts", 1],
      ["Texts", "Answer"],
    ],
    { timeZone: settings.timeZone, timeout: 60, errorWorkflow },
  );
}
