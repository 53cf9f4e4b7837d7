import pRetry, { AbortError } from "p-retry";
import { agentBy, type BridgeConfig } from "../../core/config.ts";
import { hookName } from "../../core/hook.ts";
import { readSecretFile } from "../../core/identity.ts";
import type { Deliver } from "../../core/waiting.ts";

const TIMEOUT_MS = 10_000;

/**
 * Wakes agents by OpenClaw's hook, which starts a run of the agent and answers before it ends. A failure is logged, and
 * what was to be said waits for the agent's next look.
 */
export function wakeByHook(config: BridgeConfig, log: (line: string) => void): Deliver {
  return async (agentId, message) => {
    // OpenClaw runs its default agent for an id that it does not know (contracts/openclaw).
    const agent = agentBy(config, "agentId", agentId);
    const { wake } = config;
    if (agent === undefined) {
      log(`${agentId} cannot be woken: it is no agent of ours`);
      return true;
    }
    if (wake === undefined) {
      log(`${agentId} cannot be woken: no hook is configured`);
      return false;
    }
    try {
      const token = readSecretFile(wake.tokenFile, "token of OpenClaw's hooks");
      const url = `${wake.url}/${hookName(agent.openclawId)}`;
      await pRetry(() => post(url, token, message), { retries: 3 });
      return true;
    } catch (error) {
      log(`${agentId} could not be woken: ${(error as Error).message}`);
      return false;
    }
  };
}

async function post(url: string, token: string, message: string): Promise<void> {
  const response = await fetch(url, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify({ message }),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  await response.body?.cancel();
  if (response.status !== 202) throw new AbortError(`OpenClaw's hook answered ${response.status}`);
}
