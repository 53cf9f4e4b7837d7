import type { FlowArgs } from "./args.ts";
import { CLAIM_PATH } from "./claim.ts";
import { code } from "./n8n/code.ts";
import { request, telegram, updateRow } from "./n8n/nodes.ts";
import type { Step, Wire } from "./n8n/workflow.ts";

const CLAIM_MS = 5000;
const PLANE_MS = 30_000;
/** Seconds in which one execution alone makes a try at sending a message: as long as one may take. */
export const SEND_S = 60;

/** Counts keys in Redis, by way of `plane-claim`; without an answer in time, in milliseconds, nobody has counted. */
export function claim(
  { credentials, itself }: FlowArgs,
  name: string,
  body: string,
  timeout = CLAIM_MS,
): Step {
  return request(name, {
    method: "POST",
    url: itself + CLAIM_PATH,
    header: credentials.internal,
    body,
    timeout,
  });
}

/** Asks Plane for what an item needs, as n8n's own account. */
export function askPlane({ credentials, planeApi }: FlowArgs): Step {
  return request("Plane", {
    method: "GET",
    url: `=${planeApi}{{ $json.needs }}`,
    header: credentials.plane,
    timeout: PLANE_MS,
  });
}

/**
 * One try at sending a message of the outbox, from "Telegram" to "Note", which writes what became of it.
 * @param row the node that gives the message's row out.
 */
export function trySending({ credentials, tables, chat }: FlowArgs, row: string) {
  const message = `$('${row}').first().json`;
  const steps: Step[] = [
    telegram("Telegram", credentials.bot, `={{ ${message}.chat || '${chat}' }}`, `={{ ${message}.html }}`),
    code("Outcome", "sent", { row }),
    updateRow("Note", tables.outbox, [["id", "={{ $json.id }}"]], {
      ...{ state: "={{ $json.state }}", why: "={{ $json.why }}" },
      ...{ tries: "={{ $json.tries }}", due: "={{ $json.due }}" },
    }),
  ];
  const wires: Wire[] = [
    ["Telegram", "Outcome"],
    ["Outcome", "Note"],
  ];
  return { steps, wires };
}

/** Whether a refusal of Telegram's is to be told after {@link trySending}, and in which words. */
export const REFUSED = {
  isTold: "$('Outcome').first().json.alert",
  words: "=Telegram refuse un message : {{ $('Outcome').first().json.why }}",
};
