import { AGENTS, CONCIERGE } from "../../agents.ts";
import type { PlaneOpsConfig } from "../../config.ts";
import type { BridgeSettings } from "../../skills/plane-bridge/core/config.ts";
import { type Account, BRIDGE_ACCOUNT } from "../plane/accounts.ts";
import { FILE_SIZE_LIMIT } from "../plane/environment.ts";
import {
  EVENTS_SECRET_FILE,
  HOOKS_TOKEN_FILE,
  MEMORY,
  openclawFolder,
  PASSWORD_FILE,
  TOKENS,
} from "./layout.ts";

/** What the bridge is told, in one file without a secret. `url` is where people open Plane. */
export function bridgeSettings(
  config: PlaneOpsConfig,
  accounts: readonly Account[],
  url: string,
): BridgeSettings {
  const folder = openclawFolder(config);
  const isAgent = (account: Account) => AGENTS.some(({ agentId }) => agentId === account.name);
  return {
    ...(config.deploy
      ? { url: "http://plane-api:8000", storeUrl: "http://plane-minio:9000" }
      : // A Plane of somebody else's shows its store at its own address.
        { url, storeUrl: url }),
    publicUrl: url,
    workspace: config.workspace.slug,
    agents: AGENTS.map((agent) => ({ ...agent, email: `${agent.agentId}@${config.emailDomain}` })),
    concierge: CONCIERGE,
    people: accounts
      .filter((account) => account.inProjects && !isAgent(account))
      .map(({ email, role }) => ({ email, role })),
    session: {
      email: `${BRIDGE_ACCOUNT}@${config.emailDomain}`,
      passwordFile: `${folder}/${PASSWORD_FILE}`,
    },
    tokens: `${folder}/${TOKENS}`,
    state: `${folder}/${MEMORY}`,
    rateLimit: config.apiRateLimit,
    fileSizeLimit: FILE_SIZE_LIMIT,
    ...config.agents,
    paused: [...config.agents.paused],
    ...(config.mode === "existing" && config.deploy ? { logs: logsPage(config) } : {}),
    wake: { url: "http://127.0.0.1:18789/hooks", tokenFile: `${folder}/${HOOKS_TOKEN_FILE}` },
    eventsSecretFile: `${folder}/${EVENTS_SECRET_FILE}`,
  };
}

/** Grafana's page of one session's lines in Loki (OPENCLAW-13); the bridge puts the session's id in. */
function logsPage({ domain, prefix }: PlaneOpsConfig): string {
  const expr = `{container="${prefix}_openclaw"} |= "SESSION"`;
  const pane = {
    datasource: "Loki",
    queries: [{ refId: "A", expr, datasource: { type: "loki", uid: "Loki" } }],
    range: { from: "now-14d", to: "now" },
  };
  const panes = encodeURIComponent(JSON.stringify({ plane: pane })).replace("SESSION", "{session}");
  return `https://tala.${domain}/explore?schemaVersion=1&panes=${panes}`;
}
