import { join } from "node:path";
import type { SandboxRules } from "./socketProxy/rules.ts";

export type { SandboxRules } from "./socketProxy/rules.ts";

export interface SocketProxyArgs {
  /** Any with Node 22: OpenClaw's own has it, so that there is no further image to pin. */
  image: string;
  /** Absolute path on the host of the text of {@link socketProxyProgram}. */
  programFile: string;
  /**
   * Folder on the host that the proxy and the gateway share at {@link SOCKET_FOLDER}; owner {@link PROXY_USER}, mode 750,
   * so that the gateway reaches the socket and cannot put another in its place.
   */
  folder: string;
  /** Group of Docker's socket on the host. */
  socketGroup: number;
  rules: SandboxRules;
}

/** Where the shared folder is in both containers. A folder, for the mount of a socket breaks when the proxy restarts. */
export const SOCKET_FOLDER = "/run/openclaw-docker";

const SOCKET = `${SOCKET_FOLDER}/docker.sock`;

/** `DOCKER_HOST` of the gateway: both versions hand their environment on to every `docker` that they start. */
export const GATEWAY_DOCKER_HOST = `unix://${SOCKET}`;

/** Not the gateway's user, but of its group. */
export const PROXY_USER = "1001:1000";

/** MiB; about 16 are used. */
export const SOCKET_PROXY_MEMORY = 96;

const DOCKER_SOCKET = "/var/run/docker.sock";
const PROGRAM_FILE = "/socket-proxy.mjs";

/** The proxy's container, hardened like the others; unix sockets need no network. */
export function socketProxyContainer({ image, programFile, folder, socketGroup, rules }: SocketProxyArgs) {
  return {
    image,
    entrypoint: ["node"],
    command: [PROGRAM_FILE, SOCKET, DOCKER_SOCKET, JSON.stringify(rules)],
    user: PROXY_USER,
    groupAdd: [String(socketGroup)],
    networkMode: "none",
    readOnly: true,
    capDrop: ["ALL"],
    memoryMb: SOCKET_PROXY_MEMORY,
    cpus: 0.25,
    mounts: [
      { source: programFile, target: PROGRAM_FILE, readOnly: true },
      { source: folder, target: SOCKET_FOLDER, readOnly: false },
      // Read-only or not makes no difference to a socket: what passes is decided by the rules.
      { source: DOCKER_SOCKET, target: DOCKER_SOCKET, readOnly: true },
    ],
  };
}

/** The proxy's program, one file without dependencies. */
export async function socketProxyProgram(): Promise<string> {
  // The bundler is loaded by those only who need it.
  const { build } = await import("esbuild");
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, "socketProxy/main.ts")],
    bundle: true,
    platform: "node",
    target: "node22",
    format: "esm",
    write: false,
    logLevel: "error",
  });
  return outputFiles[0]?.text ?? "";
}
