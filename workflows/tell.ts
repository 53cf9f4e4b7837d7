import type { FlowArgs } from "./args.ts";
import { code, quickCode } from "./n8n/code.ts";
import {
  call,
  called,
  fail,
  getRows,
  hmacOf,
  insertRows,
  jsonOf,
  request,
  splitOut,
  splitOutAlone,
  updateRow,
  upsertRows,
  when,
} from "./n8n/nodes.ts";
import { flow, type Step, type Wire, type Workflow } from "./n8n/workflow.ts";
import { askPlane, claim, REFUSED, SEND_S, trySending } from "./steps.ts";

const BRIDGE_MS = 5000;
const DAY_S = 86_400;

/** Id of the work item that a row of the inbox is about, for its look-up; what is no work item's finds no row. */
export const ISSUE = `(() => {
  const body = JSON.parse($json.body), caught = body?.caught, data = body?.data;
  if (caught) return String(caught.item?.id ?? caught.comment?.issue ?? '');
  return String((body?.event === 'issue_comment' ? data?.issue : data?.id) ?? '');
})()`;

/** Who counts them all is the first to tell: the delivery, the minute that it came in, and each thing to say. */
const KEYS = `[
  { key: 'plane:ops:delivery:' + $('In').first().json.hash, seconds: ${DAY_S} },
  { key: 'plane:ops:minute:' + Math.floor(Date.now() / 60000), seconds: 120 },
  ...$json.messages.map(({ key, claimSeconds }) => ({ key: 'plane:ops:said:' + key, seconds: claimSeconds })),
]`;

/** The schedule leaves it alone for longer than a try may take: no claim is needed. A late one is left to the schedule. */
const OURS = `$json.state === 'waiting' && $json.due - Date.now() > ${SEND_S * 1000}`;

/** What the flow decided, wherever it stands after that. */
const DECIDED = "$('Decided').first().json";

/** Tells of deliveries that are in the inbox: what the catch-up found, and what an execution has not done with. */
export function tellWorkflow(args: FlowArgs, live: string, errorWorkflow: string): Workflow {
  const { steps, wires } = telling(args, live);
  const { timeZone } = args.settings;
  return flow("plane-tell", [called("In"), ...steps], [["In", "Row"], ...wires], {
    timeZone,
    timeout: 240,
    errorWorkflow,
  });
}

/**
 * What comes of the delivery that the node "In" gives out as a row of the inbox, from "Row" on: a message, what is known
 * of its work item, and word to the bridge (NOTIF-03 to NOTIF-07, OPENCLAW-16). In an order in which it can be stopped
 * anywhere and done again: the message is kept before it is sent, and the delivery is done with when all else is.
 */
export function telling(args: FlowArgs, live: string): { steps: Step[]; wires: Wire[] } {
  const { tables, settings, bridge } = args;
  const sending = trySending(args, "Outbox");
  const relay: Step[] =
    bridge === undefined
      ? []
      : [
          when("For the bridge?", `${DECIDED}.relay !== null`),
          hmacOf(
            "Sign for the bridge",
            bridge.secret,
            `={{ JSON.stringify(${DECIDED}.relay) }}`,
            "signature",
          ),
          request("Bridge", {
            method: "POST",
            url: `${bridge.url}events`,
            headers: { "x-plane-bridge-signature": "={{ $json.signature }}" },
            body: `={{ JSON.stringify(${DECIDED}.relay) }}`,
            timeout: BRIDGE_MS,
          }),
        ];
  const afterwards: Wire[] =
    bridge === undefined
      ? [["Done", "Live?"]]
      : [
          ["Done", "For the bridge?"],
          ["For the bridge?", "Sign for the bridge"],
          ["Sign for the bridge", "Bridge"],
          ["Bridge", "Live?"],
          ["For the bridge?", "Live?", 1],
        ];
  const steps = [
    getRows("Row", tables.items, [["issue", `={{ ${ISSUE} }}`]], 1),
    code("Tell", "tell", settings),
    when("Is more needed?", "$json.needs.length > 0"),
    splitOut("Needs", "needs"),
    askPlane(args),
    jsonOf("Told", "$json"),
    when("Anything to say?", "$json.messages.length > 0 || $json.relay !== null"),
    claim(args, "Claim", `={{ JSON.stringify({ keys: ${KEYS} }) }}`),
    when("Again?", "$('In').first().json.tries > 0"),
    getRows(
      "In the outbox",
      tables.outbox,
      [["key", "={{ $('Told').first().json.messages[0]?.key ?? '' }}"]],
      1,
    ),
    quickCode("Decided", "decide"),
    when("New?", "$json.rows.length > 0"),
    splitOutAlone("Rows", "rows"),
    insertRows("Outbox", tables.outbox),
    when("To be sent?", OURS),
    ...sending.steps,
    when("Learnt?", `${DECIDED}.columns !== null`),
    jsonOf("Columns", `${DECIDED}.columns`),
    upsertRows("Item", tables.items, [["issue", "={{ $json.issue }}"]]),
    updateRow("Done", tables.inbox, [["id", "={{ $('In').first().json.id }}"]], {
      state: `={{ ${DECIDED}.later === '' ? 'done' : 'new' }}`,
      why: `={{ ${DECIDED}.why || ${DECIDED}.later }}`,
      // n8n has 200 MB for all tables together.
      body: `={{ ${DECIDED}.later === '' ? '' : $('In').first().json.body }}`,
      tries: "={{ $('In').first().json.tries + 1 }}",
    }),
    ...relay,
    when("Live?", "$('Item').isExecuted && $('Item').first().json.pending === true"),
    jsonOf("Live item", "$('Item').first().json"),
    call("Live", live),
    when("To be told?", `$('Outcome').isExecuted && ${REFUSED.isTold}`),
    fail("Refused", REFUSED.words),
  ];
  const wires: Wire[] = [
    ["Row", "Tell"],
    ["Tell", "Is more needed?"],
    ["Is more needed?", "Needs"],
    ["Needs", "Plane"],
    ["Plane", "Tell"],
    ["Is more needed?", "Told", 1],
    ["Told", "Anything to say?"],
    ["Anything to say?", "Claim"],
    ["Claim", "Again?"],
    ["Again?", "In the outbox"],
    ["In the outbox", "Decided"],
    ["Again?", "Decided", 1],
    ["Anything to say?", "Decided", 1],
    ["Decided", "New?"],
    ["New?", "Rows"],
    ["Rows", "Outbox"],
    ["Outbox", "To be sent?"],
    ["To be sent?", "Telegram"],
    ...sending.wires,
    ["Note", "Learnt?"],
    ["To be sent?", "Learnt?", 1],
    ["New?", "Learnt?", 1],
    ["Learnt?", "Columns"],
    ["Columns", "Item"],
    ["Item", "Done"],
    ["Learnt?", "Done", 1],
    ...afterwards,
    ["Live?", "Live item"],
    ["Live item", "Live"],
    ["Live", "To be told?"],
    ["Live?", "To be told?", 1],
    ["To be told?", "Refused"],
  ];
  return { steps, wires };
}
