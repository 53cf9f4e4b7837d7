import type { FlowArgs } from "./args.ts";
import { CLAIM_PATH } from "./claim.ts";
import { request } from "./n8n/nodes.ts";
import type { Step } from "./n8n/workflow.ts";

const CLAIM_MS = 1500;
const PLANE_MS = 30_000;

/** Counts keys in Redis, by way of `plane-claim`; without an answer soon nobody has counted. */
export function claim({ credentials, itself }: FlowArgs, name: string, body: string): Step {
  return request(name, {
    method: "POST",
    url: itself + CLAIM_PATH,
    header: credentials.internal,
    body,
    timeout: CLAIM_MS,
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
