import type { FlowArgs } from "./args.ts";
import {
  fail,
  getRows,
  hashOf,
  hmacOfBytes,
  insertRow,
  rawWebhook,
  redisCount,
  respond,
  when,
} from "./n8n/nodes.ts";
import { flow, type Step, type Wire, type Workflow } from "./n8n/workflow.ts";
import { REDIS_AWAY } from "./outbox.ts";
import { claim } from "./steps.ts";
import { telling } from "./tell.ts";

/** In constant time: how long it takes tells nothing of the right one. */
const SAME = `(() => {
  const given = String($json.headers['x-plane-signature'] ?? ''), own = String($json.signature ?? '');
  if (own.length !== 64 || given.length !== 64) return false;
  let difference = 0;
  for (let at = 0; at < 64; at++) difference |= given.charCodeAt(at) ^ own.charCodeAt(at);
  return difference === 0;
})()`;

/** Requests that one stranger may send in a minute (NOTIF-02). */
const STRANGERS = 100;

/** By the address that the platform's Caddy has seen; what comes past it, from a network of the platform's, is one. */
const CLIENT = `String($('Delivery').first().json.headers['x-forwarded-for'] ?? 'direct').split(',')[0].replace(/[^0-9A-Za-z.:]/g, '').slice(0, 45)`;

/**
 * Counts who has signed badly, where nothing before n8n does. Not by way of `plane-claim`: of 150 at once nobody was
 * counted in time, behind the executions of all others. A Redis node is exact, but waits for a Redis that is away: that
 * is looked up first. What Plane has signed is never counted, for what it sends and is refused is lost.
 */
function strangers({ edgeLimit, tables, credentials }: FlowArgs): { steps: Step[]; wires: Wire[] } {
  if (edgeLimit) return { steps: [], wires: [["Was it checked?", "401"]] };
  const key = `={{ 'plane:ops:stranger:' + ${CLIENT} + ':' + Math.floor(Date.now() / 60000) }}`;
  return {
    steps: [
      getRows("Redis", tables.marks, [["project", REDIS_AWAY]], 1),
      when("Is it there?", "$json.id === undefined"),
      { ...redisCount("Count", credentials.redis, key, "={{ 120 }}"), onError: "continueRegularOutput" },
      when("Too many?", `Object.values($json)[0] > ${STRANGERS}`),
      respond("429", 429, { error: "too many requests" }),
    ],
    wires: [
      ["Was it checked?", "Redis"],
      ["Redis", "Is it there?"],
      ["Is it there?", "Count"],
      ["Is it there?", "401", 1],
      ["Count", "Too many?"],
      ["Too many?", "429"],
      ["Too many?", "401", 1],
    ],
  };
}

/** Seconds in which it is told once that signatures cannot be checked. */
const TOLD_EACH_S = 600;
const UNCHECKED =
  "La signature de Plane ne peut pas être vérifiée : le credential manque dans n8n (pulumi up --refresh). Les livraisons sont refusées, plane-catch-up dira ce qui manque.";

/**
 * Takes what Plane sends (NOTIF-02, NOTIF-03): the signature of the raw bytes first, then the delivery is kept, and
 * only then Plane gets its answer, for it never sends again what was answered.
 */
export function notificationsWorkflow(args: FlowArgs, live: string, errorWorkflow: string): Workflow {
  const { credentials, tables, settings } = args;
  // In the same execution: calling another one costs a tenth of the time until Telegram has it.
  const told = telling(args, live);
  const limit = strangers(args);
  return flow(
    "plane-notifications",
    [
      rawWebhook("Delivery", "plane"),
      hmacOfBytes("Sign", credentials.webhook, "signature"),
      when("Is it Plane?", SAME),
      // Without its credential n8n hands on what came, by the first output.
      when("Was it checked?", "$json.signature !== undefined"),
      hashOf("Hash", "={{ JSON.stringify($json.body) }}", "hash"),
      insertRow("In", tables.inbox, {
        hash: "={{ $json.hash }}",
        body: "={{ JSON.stringify($json.body) }}",
        state: "new",
        tries: "={{ 0 }}",
      }),
      respond("200", 200, { kept: true }),
      respond("401", 401, { error: "bad signature" }),
      respond("500", 500, { error: "the signature cannot be checked" }),
      claim(
        args,
        "Unchecked",
        `={{ JSON.stringify({ keys: [{ key: 'plane:ops:unchecked:' + Math.floor(Date.now() / ${TOLD_EACH_S * 1000}), seconds: ${TOLD_EACH_S} }] }) }}`,
      ),
      when("First?", "$json.statusCode === 200 && Object.values($json.body[0])[0] === 1"),
      fail("Tell that", UNCHECKED),
      ...limit.steps,
      ...told.steps,
    ],
    [
      ["Delivery", "Sign"],
      ["Sign", "Is it Plane?"],
      ["Sign", "500", 1],
      ["Is it Plane?", "Hash"],
      ["Is it Plane?", "Was it checked?", 1],
      ["Was it checked?", "500", 1],
      ["500", "Unchecked"],
      ["Unchecked", "First?"],
      ["First?", "Tell that"],
      ...limit.wires,
      ["Hash", "In"],
      ["In", "200"],
      ["200", "Row"],
      ...told.wires,
    ],
    { timeZone: settings.timeZone, timeout: 300, errorWorkflow },
  );
}
