import { existsSync, readFileSync } from "node:fs";
import { AGENTS } from "../../agents.ts";
import type { OpenclawSettings, PlaneOpsConfig } from "../../config.ts";
import type { SavedRelease } from "../../providers/openclaw/saved.ts";
import { HOOKS_TOKEN_VARIABLE, openclawOverlay, SANDBOX_IMAGE } from "../../skills/plane-bridge/overlay.ts";
import { nameOf } from "../platform/names.ts";
import { refuse } from "../platform/preflight.ts";
import { configurationText, isObject, type Json, renderConfiguration } from "./configuration.ts";
import type { ReleasePlan } from "./explain.ts";
import { type FoundOpenclaw, findOpenclaw } from "./found.ts";
import { GATEWAY_TOKEN_VARIABLE, gatewayOverlay } from "./gatewayOverlay.ts";
import { openclawPlaces, PLUGIN_FOLDER, SETTINGS_FILE } from "./layout.ts";
import { planOf } from "./plan.ts";
import { platformOverlay } from "./platformOverlay.ts";
import { configurationProblems, variableProblems } from "./rules.ts";
import { socketProxyProgram } from "./socketProxy.ts";

/** What a release needs beside the configuration, once nothing stands in its way. */
export interface ReadyOpenclaw {
  settings: OpenclawSettings;
  found: FoundOpenclaw;
  plan: ReleasePlan;
  /** Text of openclaw.json for the version that is wanted. */
  configuration: string;
  /** Text of the program that stands between gateway and Docker. */
  socketProxy: string;
}

/** Set by us, and therefore nobody's to give. */
const OURS = ["DOCKER_HOST", GATEWAY_TOKEN_VARIABLE, HOOKS_TOKEN_VARIABLE, "OPENCLAW_STATE_DIR"];

/**
 * Looks at everything that can be known to go wrong with OpenClaw before it is touched, and says what a release is going
 * to do.
 * @throws HostError with all problems at once.
 */
export async function readyOpenclaw(
  config: PlaneOpsConfig,
  settings: OpenclawSettings,
): Promise<ReadyOpenclaw> {
  const { base, problem } = baseOf(settings);
  refuse(config, problem);
  const configuration = rendered(config, settings, base);
  const found = await findOpenclaw(config, `${settings.image}:${settings.version}`);
  const plan = planOf(config, settings, configuration, found);
  refuse(config, [
    ...configurationProblems(settings.version, configuration),
    ...variableProblems(configuration, [...Object.keys(settings.environment), ...OURS]),
    ...OURS.filter((name) => name in settings.environment).map(
      (name) =>
        `openclaw:environment has ${name}, which this program sets: pulumi config rm --path 'openclaw:environment.${name}'`,
    ),
    ...foreign(config, found),
    ...missing(config, found, plan),
  ]);
  return {
    settings,
    found,
    plan,
    configuration: configurationText(configuration),
    socketProxy: await socketProxyProgram(),
  };
}

function baseOf({ configFile }: OpenclawSettings): { base: Json; problem: string[] } {
  if (configFile === undefined) return { base: {}, problem: [] };
  const say = (what: string) => ({
    base: {},
    problem: [
      `${configFile} (openclaw:configFile) ${what}: edit it, or pulumi config rm openclaw:configFile`,
    ],
  });
  if (!existsSync(configFile)) return say("does not exist in the project's folder");
  try {
    const base = JSON.parse(readFileSync(configFile, "utf8")) as unknown;
    return isObject(base) ? { base, problem: [] } : say("is not a JSON object");
  } catch (error) {
    // The parser's own words quote the file, which may hold a secret.
    const place = /line \d+ column \d+/.exec((error as Error).message)?.[0];
    return say(`is not JSON${place === undefined ? "" : ` (${place})`}`);
  }
}

function rendered(config: PlaneOpsConfig, settings: OpenclawSettings, base: Json): Json {
  const { folder } = openclawPlaces(config);
  const paths = {
    plugin: `${folder}/${PLUGIN_FOLDER}`,
    configFile: `${folder}/${SETTINGS_FILE}`,
    sandboxNetwork: nameOf(config.prefix, "sandbox"),
  };
  return renderConfiguration(
    settings.version,
    base,
    gatewayOverlay(base, settings),
    openclawOverlay(settings.version, AGENTS, paths),
    platformOverlay(config),
  );
}

function foreign({ adopt, prefix }: PlaneOpsConfig, { running }: FoundOpenclaw): string[] {
  if (running === null || running.ours || adopt) return [];
  const container = nameOf(prefix, "openclaw");
  return [
    `container ${container} (${running.image}, OpenClaw ${running.version}) exists and was not made by this stack: remove it, ` +
      "or let Pulumi save and replace it, with its image as the version to come from: pulumi config set platform:adopt true",
  ];
}

function missing(config: PlaneOpsConfig, found: FoundOpenclaw, plan: ReleasePlan): string[] {
  const { releases } = openclawPlaces(config);
  const { client, imageProblem, sandboxImage } = found;
  return [
    ...(imageProblem === undefined
      ? []
      : [
          `the image ${plan.wanted.image} is not on the host, in no release saved in ${releases}, and cannot be pulled (${imageProblem}): ` +
            "load it there (docker load --input FILE), or choose another openclaw:version or openclaw:image",
        ]),
    ...(sandboxImage
      ? []
      : [
          `the host has no image ${SANDBOX_IMAGE}, in which the agents' commands run: build it there as the platform does`,
        ]),
    ...(client === ""
      ? ["the Docker host has no docker client, which the agents' sandboxes need: apt-get install docker-cli"]
      : []),
    ...(plan.state === "restore" && plan.restoreFrom === undefined
      ? [
          `OpenClaw ${plan.wanted.version} is to get back the state that it had, but no saved release in ${releases} is of that version: ` +
            "pulumi config set openclaw:rollbackState keep, or openclaw:version to another",
        ]
      : []),
  ];
}

/** The state that is restored, by the name of its release. */
export function restored({ state, restoreFrom }: ReleasePlan): SavedRelease | undefined {
  return state === "restore" ? restoreFrom : undefined;
}
