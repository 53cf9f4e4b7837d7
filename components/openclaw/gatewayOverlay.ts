import { at, type Json } from "./configuration.ts";

/** Where the gateway listens in its container (platform.md). */
export const GATEWAY_PORT = 18789;

/** The gateway's environment has to hold its token in this. */
export const GATEWAY_TOKEN_VARIABLE = "OPENCLAW_GATEWAY_TOKEN";

export interface GatewayOptions {
  /** What reaches stdout, and Loki: `debug` has the lines about spawns (OPENCLAW-UPG-11). */
  logLevel: "info" | "debug";
}

/** Our part of openclaw.json beside the bridge's: where the gateway listens, what it logs, what it clears away. */
export function gatewayOverlay(base: Json, { logLevel }: GatewayOptions): Json {
  const controlUi = at(base, "gateway", "controlUi", "enabled") === true;
  return {
    gateway: {
      mode: "local",
      port: GATEWAY_PORT,
      // Others of the backend network reach it; on loopback nobody would.
      bind: "lan",
      auth: { mode: "token", token: `\${${GATEWAY_TOKEN_VARIABLE}}` },
      // With it any path answers 200, and it may not listen beyond loopback without a list of origins.
      ...(!controlUi && { controlUi: { enabled: false } }),
    },
    // Not `level`: debug there makes the log file quieter in both versions.
    logging: { consoleLevel: logLevel, consoleStyle: "json", redactSensitive: "tools" },
    // The version is this project's to choose.
    update: { checkOnStart: false, auto: { enabled: false } },
    agents: {
      defaults: {
        sandbox: { prune: { idleHours: 24, maxAgeDays: 7 } },
        // From the moment of the spawn, also while it waits for its turn: an hour, the default, could end it before.
        subagents: { archiveAfterMinutes: 1440 },
      },
    },
    // By default OpenClaw only warns of what it would clear away (OPENCLAW-UPG-07).
    session: { maintenance: { mode: "enforce", pruneAfter: "30d", maxEntries: 500 } },
  };
}
