import { type Bridge, keepPace } from "../core/bridge.ts";
import { systemClock } from "../core/clock.ts";
import { type BridgeConfig, readConfig } from "../core/config.ts";
import { BridgeError } from "../core/errors.ts";
import { Metrics } from "../core/metrics.ts";
import { orLater } from "../core/waiting.ts";
import { Caller, TOKEN_FILE } from "./caller.ts";
import { wakeByHook } from "./plugin/wake.ts";

/** Names the file with the bridge's configuration. */
export const CONFIG_FILE = "PLANE_BRIDGE_CONFIG";

/**
 * The bridge of a program that runs outside of the gateway, for the caller that the environment names.
 * @throws BridgeError that says what is missing.
 */
export function startCaller(env: NodeJS.ProcessEnv): Caller {
  const path = env[CONFIG_FILE];
  if (path === undefined || path === "") {
    throw new BridgeError(
      `${CONFIG_FILE} is not set`,
      "name the bridge's configuration in it, which pulumi up writes",
    );
  }
  const config = readConfig(path);
  pace(config);
  return new Caller(bridgeOf(config), env[TOKEN_FILE]);
}

function bridgeOf(config: BridgeConfig): Bridge {
  const log = (line: string) => console.error(`plane-bridge: ${line}`);
  return {
    config,
    clock: systemClock,
    metrics: new Metrics(),
    log,
    wake: orLater(() => config, wakeByHook(config, log)),
  };
}

function pace(config: BridgeConfig): void {
  try {
    keepPace(config);
  } catch (error) {
    throw new BridgeError(
      `The bridge cannot write its state: ${(error as Error).message}`,
      `run it as the owner of ${config.state}`,
    );
  }
}
