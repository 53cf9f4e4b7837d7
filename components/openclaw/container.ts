import type { OpenclawSettings, PlaneOpsConfig } from "../../config.ts";
import type { Bind, ContainerSpec } from "../../providers/openclaw/container.ts";
import { VERSION_LABEL } from "../../providers/openclaw/gateway.ts";
import { ownLabels } from "../labels.ts";
import { nameOf } from "../platform/names.ts";
import { GATEWAY_PORT } from "./gatewayOverlay.ts";
import {
  OPENCLAW_OWNER,
  openclawPlaces,
  PROFILE,
  SANDBOXES,
  SOCKETS,
  STATE,
  STATE_PARTS,
  WORKSPACE,
} from "./layout.ts";
import { GATEWAY_DOCKER_HOST, SOCKET_FOLDER } from "./socketProxy.ts";

/**
 * The gateway's container, without its environment.
 * @param client path of the docker client on the host.
 */
export function gatewayContainer(
  config: PlaneOpsConfig,
  settings: OpenclawSettings,
  client: string,
): ContainerSpec {
  const network = (name: string) => ({ name: nameOf(config.prefix, name), aliases: ["openclaw"] });
  return {
    name: openclawPlaces(config).container,
    image: `${settings.image}:${settings.version}`,
    user: OPENCLAW_OWNER,
    ...settings.limit,
    capAdd: ["CHOWN", "SETGID", "SETUID"],
    ...(settings.seccomp === "profile" && { seccompProfile: `${config.root}/${PROFILE}` }),
    networks: [network("backend"), network("egress")],
    binds: binds(config, client),
    labels: {
      ...Object.fromEntries(ownLabels(config).map(({ label, value }) => [label, value])),
      [VERSION_LABEL]: settings.version,
    },
    command: ["node", "openclaw.mjs", "gateway"],
    health: {
      command: `node -e "fetch('http://127.0.0.1:${GATEWAY_PORT}/healthz').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"`,
      interval: 15,
      startPeriod: 180,
    },
  };
}

/** Paths are the same inside as outside, but for the parts of the state that the platform keeps beside it. */
function binds(config: PlaneOpsConfig, client: string): Bind[] {
  const { folder, configFile } = openclawPlaces(config);
  const same = (path: string) => ({
    host: `${folder}/${path}`,
    container: `${folder}/${path}`,
    readOnly: false,
  });
  return [
    same(STATE),
    same(WORKSPACE),
    same(SANDBOXES),
    ...STATE_PARTS.map((part) => ({
      host: `${folder}/state/${part}`,
      container: `${folder}/${STATE}/${part}`,
      readOnly: false,
    })),
    { host: configFile, container: `${folder}/${STATE}/openclaw.json`, readOnly: true },
    { host: `${config.root}/${SOCKETS}`, container: SOCKET_FOLDER, readOnly: false },
    { host: client, container: "/usr/bin/docker", readOnly: true },
  ];
}

/** Secret: what is known of the gateway's environment before anything runs; its two tokens are made later. */
export function gatewayVariables(
  config: PlaneOpsConfig,
  { environment, limit }: OpenclawSettings,
): Record<string, string> {
  return {
    // Two thirds of the memory: with less a cold start, which compiles every plugin, runs out of it.
    NODE_OPTIONS: `--max-old-space-size=${Math.floor((limit.memory * 2) / 3)}`,
    ...environment,
    DOCKER_HOST: GATEWAY_DOCKER_HOST,
    OPENCLAW_NO_RESPAWN: "1",
    OPENCLAW_STATE_DIR: `${openclawPlaces(config).folder}/${STATE}`,
  };
}
