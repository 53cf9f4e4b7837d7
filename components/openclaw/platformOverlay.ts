import { AGENTS, CONCIERGE } from "../../agents.ts";
import type { PlaneOpsConfig } from "../../config.ts";
import type { Json } from "./configuration.ts";
import { openclawFolder, SANDBOXES, sandboxPrefix, WORKSPACE } from "./layout.ts";

/** What openclaw.json says of this platform: folders that are the same inside and outside, and who may spawn whom. */
export function platformOverlay(config: Pick<PlaneOpsConfig, "root" | "prefix">): Json {
  const folder = openclawFolder(config);
  const sandbox = {
    workspaceRoot: `${folder}/${SANDBOXES}`,
    docker: { containerPrefix: sandboxPrefix(config) },
  };
  const others = AGENTS.filter(({ agentId }) => agentId !== CONCIERGE).map(({ openclawId }) => openclawId);
  return {
    agents: {
      defaults: { sandbox },
      list: AGENTS.map(({ agentId, openclawId }) => ({
        id: openclawId,
        workspace: `${folder}/${WORKSPACE}/${agentId}`,
        ...(agentId === CONCIERGE && { subagents: { allowAgents: others } }),
      })),
    },
  };
}
