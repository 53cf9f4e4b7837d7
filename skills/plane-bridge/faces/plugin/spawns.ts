import { agentBy } from "../../core/config.ts";
import type { Office } from "./office.ts";
import type { PluginApi } from "./openclaw.ts";

/** When sub-agents that still run were started, by run: OpenClaw makes the hooks anew for each workspace. */
const startedAt = new Map<string, number>();

/** Counts sub-agents: they run inside the gateway, where no `ps` shows them. */
export function countSpawns(api: PluginApi, { bridge }: Office): void {
  const { clock, metrics } = bridge;
  const agentOf = (sessionKey: string) => {
    const openclawId = /^agent:([^:]+):/.exec(sessionKey)?.[1] ?? "unknown";
    return agentBy(bridge.config, "openclawId", openclawId)?.agentId ?? openclawId;
  };
  api.on("subagent_spawned", ({ runId, childSessionKey }) => {
    startedAt.set(runId, clock.now());
    metrics.spawnsRunning.set(startedAt.size);
    metrics.spawns.inc({ agent: agentOf(childSessionKey) });
  });
  api.on("subagent_ended", ({ runId, targetSessionKey, outcome = "ok" }) => {
    const agent = agentOf(targetSessionKey);
    metrics.spawnEnds.inc({ agent, outcome });
    const start = runId === undefined ? undefined : startedAt.get(runId);
    if (runId === undefined || start === undefined) return;
    startedAt.delete(runId);
    metrics.spawnsRunning.set(startedAt.size);
    metrics.spawnSeconds.observe({ agent }, (clock.now() - start) / 1000);
  });
}
