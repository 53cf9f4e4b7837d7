import type { FlowArgs } from "./args.ts";
import { code } from "./n8n/code.ts";
import { call, deleteRows, getRows, insertRow, schedule, telegram, updateRow, when } from "./n8n/nodes.ts";
import { flow, type Workflow } from "./n8n/workflow.ts";
import { claim } from "./steps.ts";

const EVERY_S = 30;
/** Longer than a flood of 150 strangers at once keeps n8n busy, which is no absence of Redis's. */
const ALIVE_MS = 20_000;
const AT_ONCE = 20;
/** As many as a minute of a burst may have, and more. */
const OF_A_BURST = 500;
/** A mark that is no project's: Redis is away, and that was told. */
export const REDIS_AWAY = "away:redis";
const ISO = "toISOString()";

/**
 * Takes up what was left: messages that Telegram did not take or nobody has sent, deliveries that an execution had not
 * done with, live messages that had to wait; and sums a burst up. What is done with goes after a while.
 */
export function outboxWorkflow(
  args: FlowArgs,
  { tell, send, live }: { tell: string; send: string; live: string },
  errorWorkflow: string,
): Workflow {
  const { tables, settings, credentials, alertChat } = args;
  const isRow = "$json.id !== undefined";
  return flow(
    "plane-outbox",
    [
      schedule("Every 30 s", { seconds: EVERY_S }),
      claim(args, "Redis", JSON.stringify({ keys: [{ key: "plane:ops:alive", seconds: 60 }] }), ALIVE_MS),
      when("Is it there?", "$json.statusCode === 200"),
      deleteRows("It is back", tables.marks, [["project", REDIS_AWAY]]),
      getRows("Known to be away", tables.marks, [["project", REDIS_AWAY]], 1),
      when("Told already?", isRow),
      insertRow("It is away", tables.marks, {
        project: REDIS_AWAY,
        since: "={{ new Date().toISOString() }}",
      }),
      telegram(
        "Tell that",
        credentials.bot,
        alertChat,
        "⚠️ <b>Redis ne répond pas</b> : les messages de Plane continuent, mais certains peuvent arriver deux fois.",
      ),
      getRows("Burst", tables.outbox, [["state", "burst"]], OF_A_BURST),
      { ...code("Sum", "burst"), alwaysOutputData: true },
      when("Burst?", "$json.key !== undefined"),
      insertRow("Summed up", tables.outbox, {
        ...{ key: "={{ $json.key }}", html: "={{ $json.html }}", headline: "={{ $json.headline }}" },
        ...{ topic: "burst", state: "waiting", due: "={{ $json.due }}", tries: "={{ 0 }}" },
      }),
      code("Of the burst", "of"),
      updateRow("In the sum", tables.outbox, [["id", "={{ $json.id }}"]], {
        state: "sent",
        why: "summed up",
      }),
      getRows(
        "Waiting",
        tables.outbox,
        [
          ["state", "waiting"],
          ["due", "={{ Date.now() }}", "lte"],
        ],
        AT_ONCE,
      ),
      when("Any waiting?", isRow),
      call("Send", send),
      getRows(
        "Unread",
        tables.inbox,
        [
          ["state", "new"],
          ["createdAt", `={{ new Date(Date.now() - 60000).${ISO} }}`, "lte"],
        ],
        AT_ONCE,
      ),
      when("Any unread?", isRow),
      code("To tell", "tried"),
      call("Tell", tell),
      getRows("Pending", tables.items, [["pending", "", "isTrue"]], AT_ONCE),
      when("Any pending?", isRow),
      call("Live", live),
      deleteRows("Old deliveries", tables.inbox, [
        ["state", "done"],
        ["createdAt", `={{ new Date(Date.now() - 86400000).${ISO} }}`, "lte"],
      ]),
      deleteRows("Old messages", tables.outbox, [
        ["state", "sent"],
        ["createdAt", `={{ new Date(Date.now() - 7 * 86400000).${ISO} }}`, "lte"],
      ]),
    ],
    [
      ["Every 30 s", "Redis"],
      ["Redis", "Is it there?"],
      ["Is it there?", "It is back"],
      ["It is back", "Burst"],
      ["Is it there?", "Known to be away", 1],
      ["Known to be away", "Told already?"],
      ["Told already?", "Burst"],
      ["Told already?", "It is away", 1],
      ["It is away", "Tell that"],
      ["Tell that", "Burst"],
      ["Burst", "Sum"],
      ["Sum", "Burst?"],
      ["Burst?", "Summed up"],
      ["Summed up", "Of the burst"],
      ["Of the burst", "In the sum"],
      ["In the sum", "Waiting"],
      ["Burst?", "Waiting", 1],
      ["Waiting", "Any waiting?"],
      ["Any waiting?", "Send"],
      ["Send", "Unread"],
      ["Any waiting?", "Unread", 1],
      ["Unread", "Any unread?"],
      ["Any unread?", "To tell"],
      ["To tell", "Tell"],
      ["Tell", "Pending"],
      ["Any unread?", "Pending", 1],
      ["Pending", "Any pending?"],
      ["Any pending?", "Live"],
      ["Live", "Old deliveries"],
      ["Any pending?", "Old deliveries", 1],
      ["Old deliveries", "Old messages"],
    ],
    { timeZone: settings.timeZone, timeout: 600, errorWorkflow },
  );
}
