import type { FlowArgs } from "./args.ts";
import { call, hashOf, hmacOfBytes, insertRow, rawWebhook, respond, when } from "./n8n/nodes.ts";
import { flow, type Workflow } from "./n8n/workflow.ts";

/** In constant time: how long it takes tells nothing of the right one. */
const SAME = `(() => {
  const given = String($json.headers['x-plane-signature'] ?? ''), own = String($json.signature ?? '');
  if (own.length !== 64 || given.length !== 64) return false;
  let difference = 0;
  for (let at = 0; at < 64; at++) difference |= given.charCodeAt(at) ^ own.charCodeAt(at);
  return difference === 0;
})()`;

/**
 * Takes what Plane sends (NOTIF-02, NOTIF-03): the signature of the raw bytes first, then the delivery is kept, and
 * only then Plane gets its answer, for it never sends again what was answered.
 */
export function notificationsWorkflow(
  { credentials, tables, settings }: FlowArgs,
  tell: string,
  errorWorkflow: string,
): Workflow {
  return flow(
    "plane-notifications",
    [
      rawWebhook("Plane", "plane"),
      hmacOfBytes("Sign", credentials.webhook, "signature"),
      when("Is it Plane?", SAME),
      hashOf("Hash", "={{ JSON.stringify($json.body) }}", "hash"),
      insertRow("Keep", tables.inbox, {
        hash: "={{ $json.hash }}",
        body: "={{ JSON.stringify($json.body) }}",
        state: "new",
        tries: "={{ 0 }}",
      }),
      respond("200", 200, { kept: true }),
      call("Tell", tell),
      respond("401", 401, { error: "bad signature" }),
      respond("500", 500, { error: "the signature cannot be checked" }),
    ],
    [
      ["Plane", "Sign"],
      ["Sign", "Is it Plane?"],
      ["Sign", "500", 1],
      ["Is it Plane?", "Hash"],
      ["Is it Plane?", "401", 1],
      ["Hash", "Keep"],
      ["Keep", "200"],
      ["200", "Tell"],
    ],
    { timeZone: settings.timeZone, timeout: 300, errorWorkflow },
  );
}
