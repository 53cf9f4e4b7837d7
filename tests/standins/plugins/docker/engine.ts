import type Docker from "dockerode";
import type { Properties } from "../values.ts";

/** Where the engine is and how ssh reaches it: the provider's `host` and `sshOpts`. */
export interface EngineAddress {
  host: string;
  sshOpts: string[];
}

let address: EngineAddress = { host: "unix:///var/run/docker.sock", sshOpts: [] };
let client: Promise<Docker> | undefined;

const NOT_DONE = ["caMaterial", "certMaterial", "certPath", "context", "keyMaterial", "registryAuth"];

/**
 * Takes the provider's configuration and, like the official plugin, asks the engine for a sign of life.
 * Throws when the host is not one that can be talked to.
 */
export async function configureEngine(config: Properties): Promise<void> {
  const notDone = NOT_DONE.filter((key) => config[key] !== undefined);
  if (notDone.length > 0) {
    throw new Error(`the stand-in for docker does not do the provider option ${notDone.join(", ")}`);
  }
  address = {
    host: (config.host as string | undefined) || address.host,
    sshOpts: (config.sshOpts as string[] | undefined) ?? [],
  };
  if (config.disableDockerDaemonCheck) return;
  const { ping } = await import("./ping.ts");
  try {
    await ping(address);
  } catch (error) {
    throw new Error(
      `Error pinging Docker server, please make sure that ${address.host} is reachable. Error: ${engineWords(error)}`,
    );
  }
}

/** The engine's client, made at the first use: a preview that changes nothing needs none. */
export function engine(): Promise<Docker> {
  client ??= connect(address);
  return client;
}

async function connect({ host, sshOpts }: EngineAddress): Promise<Docker> {
  const { default: DockerClient } = await import("dockerode");
  const url = new URL(host);
  if (url.protocol === "unix:") return new DockerClient({ socketPath: url.pathname });
  if (url.protocol === "tcp:") {
    return new DockerClient({ host: url.hostname, port: url.port || "2375", protocol: "http" });
  }
  if (url.protocol === "ssh:") {
    const { SshAgent } = await import("./ssh-agent.ts");
    // dockerode's types leave out the agent, which its transport takes.
    const options = { host: "docker", port: 80, protocol: "http", agent: new SshAgent(url, sshOpts) };
    return new DockerClient(options as ConstructorParameters<typeof DockerClient>[0]);
  }
  throw new Error(`docker:host must be unix://, tcp:// or ssh://; found ${url.protocol}//`);
}

/** What the engine said, without the transport's wrapping. */
export function engineWords(error: unknown): string {
  const json = (error as { json?: { message?: string } | string }).json;
  if (json && typeof json === "object" && json.message) return json.message;
  const message = error instanceof Error ? error.message : String(error);
  return message.replace(/^\(HTTP code \d+\) [^-]* - /, "").trim();
}

export function isNotFound(error: unknown): boolean {
  return (error as { statusCode?: number }).statusCode === 404;
}

/** Runs an engine call; what the engine refuses is told in its own words after ours. */
export async function told<T>(what: string, call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    throw new Error(`${what}: ${engineWords(error)}`);
  }
}

/** The same, with undefined for what is not there. */
export async function found<T>(what: string, call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw new Error(`${what}: ${engineWords(error)}`);
  }
}
