import { dirname } from "node:path";
import { type BridgeConfig, readConfig } from "../core/config.ts";
import { keepCron } from "../poller/cron.ts";
import { explain } from "./exit.ts";
import { offerEvents } from "./plugin/event.ts";
import { Office } from "./plugin/office.ts";
import type { OpenClawConfig, PluginApi } from "./plugin/openclaw.ts";
import { offerPause } from "./plugin/pause.ts";
import { offerHealth, offerMetrics } from "./plugin/routes.ts";
import { runOpenClaw } from "./plugin/runOpenClaw.ts";
import { UNSANDBOXED, unsafe } from "./plugin/safety.ts";
import { countSpawns } from "./plugin/spawns.ts";
import { offerTools } from "./plugin/tools.ts";

/** One for all registrations: OpenClaw registers a plugin again for each workspace, in the same process. */
let office: Office | undefined;

/** What OpenClaw calls when it loads the plugin: in the gateway, and in each of its commands. */
export function register(api: PluginApi): void {
  const { configFile } = api.pluginConfig;
  try {
    office ??= new Office(readConfig(configFile), (line) => api.logger.warn(`plane-bridge: ${line}`));
  } catch (error) {
    const { message } = explain(error);
    api.logger.error(`plane-bridge does not start: ${message}`);
    offerHealth(
      api,
      () => [],
      () => [message],
    );
    return;
  }
  const here = office;
  const reasonsAgainst = (now: OpenClawConfig) =>
    unsafe(now, [...secretsOf(here.bridge.config, configFile), api.runtime.state.resolveStateDir()]);
  const refusals = (now: OpenClawConfig) =>
    process.env[UNSANDBOXED] === "accept" ? [] : reasonsAgainst(now);
  const refusalsNow = () => refusals(api.runtime.config.loadConfig());

  offerTools(api, here, refusals);
  offerHealth(api, () => here.bridge.config.agents.map(({ agentId }) => agentId), refusalsNow);
  offerMetrics(api, here);
  offerEvents(api, here, refusalsNow);
  offerPause(api, here, refusalsNow);
  countSpawns(api, here);
  let end = new AbortController();
  api.registerService({
    id: "plane-bridge",
    start() {
      adoptSettings(here, configFile);
      const reasons = reasonsAgainst(api.runtime.config.loadConfig());
      if (refusalsNow().length > 0) {
        api.logger.error(
          `plane-bridge gives no tools, because agents could read each other's tokens: ${reasons.join("; ")}. Next: mend openclaw.json (pulumi up writes it)`,
        );
        return;
      }
      if (reasons.length > 0) {
        api.logger.warn(
          `plane-bridge runs UNSANDBOXED (${UNSANDBOXED}=accept): every agent can read every token. ${reasons.join("; ")}`,
        );
      }
      here.open();
      end = new AbortController();
      void keepCron(here.bridge, runOpenClaw, end.signal);
    },
    stop() {
      end.abort();
      return here.close();
    },
  });
}

/** The gateway may start anew within its process, without registering its plugins again: settings can be others then. */
function adoptSettings(office: Office, configFile: string): void {
  try {
    office.adopt(readConfig(configFile));
  } catch (error) {
    office.bridge.log(`goes on with its former settings: ${explain(error).message}`);
  }
}

/** Paths that an agent's workspace must not contain. */
function secretsOf(config: BridgeConfig, configFile: string): string[] {
  const { tokens, wake, eventsSecretFile, session } = config;
  return [tokens, dirname(configFile), wake?.tokenFile, eventsSecretFile, session?.passwordFile].filter(
    (path) => path !== undefined,
  );
}
