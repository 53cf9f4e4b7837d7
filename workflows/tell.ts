import type { FlowArgs } from "./args.ts";
import { code } from "./n8n/code.ts";
import {
  call,
  called,
  getRows,
  hmacOf,
  insertRows,
  request,
  splitOut,
  updateRow,
  upsertRows,
  when,
} from "./n8n/nodes.ts";
import { flow, type Workflow } from "./n8n/workflow.ts";
import { askPlane, claim } from "./steps.ts";

const BRIDGE_MS = 5000;
const DAY_S = 86_400;

/**
 * What comes of one delivery of the inbox: messages, what is known of its work item, and word to the bridge
 * (NOTIF-03 to NOTIF-07, OPENCLAW-16). In an order in which it can be stopped anywhere and done again: the messages are
 * kept first, then what is known, then the delivery is done with, and sending comes last.
 */
export function tellWorkflow(
  args: FlowArgs,
  { send, live }: { send: string; live: string },
  errorWorkflow: string,
): Workflow {
  const { credentials, tables, settings, bridge } = args;
  const claimKeys = (name: string, keys: string) =>
    claim(args, name, `={{ JSON.stringify({ keys: ${keys} }) }}`);
  const toBridge =
    bridge === undefined
      ? []
      : [
          when("For the bridge?", "$('Tell').first().json.relay !== null"),
          hmacOf(
            "Sign",
            credentials.events,
            "={{ JSON.stringify($('Tell').first().json.relay) }}",
            "signature",
          ),
          request("Bridge", {
            method: "POST",
            url: `${bridge}events`,
            headers: { "x-plane-bridge-signature": "={{ $json.signature }}" },
            body: "={{ JSON.stringify($('Tell').first().json.relay) }}",
            timeout: BRIDGE_MS,
          }),
        ];
  return flow(
    "plane-tell",
    [
      called("In"),
      claimKeys(
        "Claim delivery",
        `[{ key: 'plane:ops:delivery:' + $json.hash, seconds: ${DAY_S} }, { key: 'plane:ops:minute:' + Math.floor(Date.now() / 60000), seconds: 120 }]`,
      ),
      code("Read", "read"),
      getRows("Row", tables.items, [["issue", "={{ $json.issue }}"]], 1),
      code("Tell", "tell", settings),
      when("Is more needed?", "$json.needs.length > 0"),
      splitOut("Needs", "needs"),
      askPlane(args),
      when("Messages?", "$json.messages.length > 0"),
      splitOut("Messages", "messages"),
      claimKeys(
        "Claim message",
        "[{ key: 'plane:ops:said:' + $json.messages.key, seconds: $json.messages.claimSeconds }]",
      ),
      code("Keys", "again", { node: "Messages" }),
      getRows("In the outbox", tables.outbox, [["key", "={{ $json.messages.key }}"]], 1, {
        executeOnce: false,
      }),
      code("New messages", "outbox"),
      when("New?", "$json.rows.length > 0"),
      code("Rows", "field", { field: "rows" }),
      insertRows("Outbox", tables.outbox),
      code("Columns", "columns"),
      when("Learnt?", "$json.columns !== null"),
      code("Column values", "field", { field: "columns" }),
      upsertRows("Item", tables.items, [["issue", "={{ $json.issue }}"]]),
      {
        ...updateRow("Done", tables.inbox, [["id", "={{ $('In').first().json.id }}"]], {
          state: "={{ $('Tell').first().json.later === '' ? 'done' : 'new' }}",
          why: "={{ $('Read').first().json.why || $('Tell').first().json.later }}",
          // n8n has 200 MB for all tables together.
          body: "={{ $('Tell').first().json.later === '' ? '' : $('In').first().json.body }}",
          tries: "={{ $('In').first().json.tries + 1 }}",
        }),
        executeOnce: true,
      },
      ...toBridge,
      when("To be sent?", "$('Outbox').isExecuted && $('Outbox').first().json.state === 'waiting'"),
      code("To send", "again", { node: "Outbox" }),
      call("Send", send),
      when("Live?", "$('Item').isExecuted && $('Item').first().json.pending === true"),
      code("Live item", "again", { node: "Item" }),
      call("Live", live),
    ],
    [
      ["In", "Claim delivery"],
      ["Claim delivery", "Read"],
      ["Read", "Row"],
      ["Row", "Tell"],
      ["Tell", "Is more needed?"],
      ["Is more needed?", "Needs"],
      ["Needs", "Plane"],
      ["Plane", "Tell"],
      ["Is more needed?", "Messages?", 1],
      ["Messages?", "Messages"],
      ["Messages", "Claim message"],
      ["Claim message", "Keys"],
      ["Keys", "In the outbox"],
      ["In the outbox", "New messages"],
      ["New messages", "New?"],
      ["New?", "Rows"],
      ["Rows", "Outbox"],
      ["Outbox", "Columns"],
      ["New?", "Columns", 1],
      ["Messages?", "Columns", 1],
      ["Columns", "Learnt?"],
      ["Learnt?", "Column values"],
      ["Column values", "Item"],
      ["Item", "Done"],
      ["Learnt?", "Done", 1],
      ...(bridge === undefined
        ? ([["Done", "To be sent?"]] as [string, string][])
        : ([
            ["Done", "For the bridge?"],
            ["For the bridge?", "Sign"],
            ["Sign", "Bridge"],
            ["Bridge", "To be sent?"],
            ["For the bridge?", "To be sent?", 1],
          ] as [string, string, number?][])),
      ["To be sent?", "To send"],
      ["To send", "Send"],
      ["Send", "Live?"],
      ["To be sent?", "Live?", 1],
      ["Live?", "Live item"],
      ["Live item", "Live"],
    ],
    { timeZone: settings.timeZone, timeout: 240, errorWorkflow },
  );
}
