import { AGENTS } from "../../agents.ts";
import { type Json, renderConfiguration } from "../../components/openclaw/configuration.ts";
import { type GatewayOptions, gatewayOverlay } from "../../components/openclaw/gatewayOverlay.ts";
import type { OpenclawVersion } from "../../components/openclaw/version.ts";
import { openclawOverlay } from "../../skills/plane-bridge/overlay.ts";

const BRIDGE = "/opt/javisi/data/openclaw/system/plane-bridge";

/** The bridge's overlay, as `prod` has it. */
export function bridgeOverlay(version: OpenclawVersion): Json {
  return openclawOverlay(version, AGENTS, {
    plugin: `${BRIDGE}/plugin`,
    configFile: `${BRIDGE}/bridge.json`,
    sandboxNetwork: "javisi_sandbox",
  });
}

/** openclaw.json as `prod` has it, from a user's base. */
export function rendered(
  version: OpenclawVersion,
  base: Json = {},
  options: GatewayOptions = { logLevel: "info" },
): Json {
  return renderConfiguration(version, base, bridgeOverlay(version), gatewayOverlay(base, options));
}
