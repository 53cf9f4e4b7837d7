import type { PlaneOpsConfig } from "../config.ts";
import type { Deployment } from "./deployment.ts";
import type { Inside } from "./inside.ts";
import { Collector } from "./monitoring/collector.ts";

/** The collector beside a Plane of this stack; its code is loaded by those only who have one. */
export function monitor(
  config: PlaneOpsConfig,
  { fleet, platform, url, ready }: Deployment,
  { agents }: Inside,
): Collector | undefined {
  // No agent's token leaves OpenClaw: probes sign in as n8n, which may look.
  const token = agents.people.find(({ account }) => account.name === "n8n")?.token;
  if (fleet === undefined || platform === undefined || token === undefined) return undefined;
  return new Collector(
    "collector",
    { config, fleet, platform, url, token: token.token },
    { dependsOn: [...ready, ...platform.observability] },
  );
}
