import type { OpenclawSettings, PlaneOpsConfig } from "../../config.ts";
import { UNKNOWN } from "../../providers/openclaw/writer.ts";
import { HOOKS_TOKEN_VARIABLE } from "../../skills/plane-bridge/overlay.ts";
import { breakingChanges } from "./breakingChanges.ts";
import { at, configurationText, type Json } from "./configuration.ts";
import { gatewayContainer, gatewayVariables } from "./container.ts";
import { differences, type WantedGateway } from "./differences.ts";
import type { ReleasePlan } from "./explain.ts";
import type { FoundOpenclaw } from "./found.ts";
import { GATEWAY_TOKEN_VARIABLE } from "./gatewayOverlay.ts";
import { openclawPlaces } from "./layout.ts";
import { compareVersions, readsStateOf } from "./version.ts";

/** What a release is going to do, of what is wanted and what was found; looks at nothing itself. */
export function planOf(
  config: PlaneOpsConfig,
  settings: OpenclawSettings,
  configuration: Json,
  { running, left, saved, trivy, client }: FoundOpenclaw,
): ReleasePlan {
  const { version: wanted, rollbackState, image } = settings;
  const places = openclawPlaces(config);
  const known = left === null || left === UNKNOWN ? undefined : left;
  const writer = running?.version ?? known;
  const isBack = writer !== undefined && compareVersions(wanted, writer) < 0;
  const belongs = isBack ? saved.find(({ version }) => version === wanted) : undefined;
  const restores =
    isBack && (rollbackState ?? (readsStateOf(wanted, writer) ? "keep" : "restore")) === "restore";
  const date = settings.backupDate ?? new Date().toISOString().slice(0, 10);
  const replaces = running ? running.version !== wanted || !running.ours : left !== null && left !== wanted;
  return {
    container: places.container,
    ...(running && { running: { version: running.version, image: running.image, ours: running.ours } }),
    differences:
      running?.ours && running.version === wanted
        ? differences(wantedGateway(config, settings, configuration, client), running.gateway)
        : [],
    ...(left !== null && { left }),
    ...(writer !== undefined && { stateWrittenBy: writer }),
    wanted: { version: wanted, image: `${image}:${wanted}` },
    state: restores ? "restore" : "keep",
    ...(belongs && { restoreFrom: belongs }),
    breaking: writer === undefined ? [] : breakingChanges(writer, wanted, configuration),
    ...(replaces && {
      saved: {
        folder: `${places.releases}/${date}`,
        tag: `openclaw:backup-${date}`,
        copy: `${places.copies}/openclaw-state-${date}.tar.gz`,
      },
    }),
    scan: trivy ? "trivy" : "absent",
    gate: settings.scanGate,
    socket: true,
    seccomp: settings.seccomp,
    spawn: at(configuration, "agents", "defaults", "model") !== undefined,
  };
}

function wantedGateway(
  config: PlaneOpsConfig,
  settings: OpenclawSettings,
  configuration: Json,
  client: string,
): WantedGateway {
  return {
    spec: gatewayContainer(config, settings, client),
    variables: gatewayVariables(config, settings),
    later: [GATEWAY_TOKEN_VARIABLE, HOOKS_TOKEN_VARIABLE],
    configuration: configurationText(configuration),
  };
}
