import type { FlowArgs } from "./args.ts";
import { guardedWebhook, redisCount, splitOut } from "./n8n/nodes.ts";
import { flow, type Workflow } from "./n8n/workflow.ts";

export const CLAIM_PATH = "plane-ops/claim";

/**
 * Counts keys in Redis: who gets 1 is the first, exactly, however many ask at once (contracts/n8n). It is asked over
 * HTTP because a Redis node whose Redis is away hangs, and only a request has a short timeout.
 */
export function claimWorkflow({ credentials, settings }: FlowArgs): Workflow {
  return flow(
    "plane-claim",
    [
      guardedWebhook("Claim", CLAIM_PATH, credentials.internal),
      splitOut("Keys", "body.keys"),
      redisCount(
        "Count",
        credentials.redis,
        "={{ $json['body.keys'].key }}",
        "={{ $json['body.keys'].seconds }}",
      ),
    ],
    [
      ["Claim", "Keys"],
      ["Keys", "Count"],
    ],
    // That Redis is away is told once, by the outbox, and not for each claim.
    { timeZone: settings.timeZone, timeout: 10 },
  );
}
