import { PassThrough } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import Docker from "dockerode";
import { buildStandinImages, type StandinName, wantedFromVersions } from "../../standins/images/build.ts";

const ROOT = new URL("../../..", import.meta.url).pathname;

export interface ExecResult {
  code: number;
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  name: StandinName;
  alias?: string;
  user?: string;
  env?: Record<string, string>;
  command?: string[];
  capabilities?: string[];
  /** Named volumes: inside path by volume name (without the test's prefix). */
  volumes?: Record<string, string>;
  binds?: string[];
  memoryMb?: number;
  /** A port of the container to publish on 127.0.0.1; `address` tells where. */
  port?: number;
}

/** Containers of one test file, with the hardening of the platform, under names of their own, removed at the end. */
export class Bench {
  readonly docker = new Docker();
  readonly #prefix: string;
  readonly #images = new Map(wantedFromVersions(ROOT).map(({ name, reference }) => [name, reference]));
  readonly #containers: Docker.Container[] = [];
  readonly #volumes = new Set<string>();
  #network: Docker.Network | undefined;
  #count = 0;

  constructor(topic: string) {
    this.#prefix = `plane-ops-images-${topic}-${process.pid}`;
  }

  /** Builds what is missing and makes a network. */
  async open(names: StandinName[]): Promise<void> {
    const wanted = wantedFromVersions(ROOT).filter(({ name }) => names.includes(name));
    await buildStandinImages(wanted, () => {}, { docker: this.docker });
    this.#network = await this.docker.createNetwork({ Name: this.#prefix });
  }

  image(name: StandinName): string {
    return this.#images.get(name) ?? "";
  }

  async run(options: RunOptions): Promise<Docker.Container> {
    const { name, alias, user, env = {}, command, capabilities = [], volumes = {}, binds = [] } = options;
    const mounts = Object.entries(volumes).map(([volume, path]) => {
      this.#volumes.add(`${this.#prefix}-${volume}`);
      return `${this.#prefix}-${volume}:${path}`;
    });
    const memory = (options.memoryMb ?? 384) * 1024 * 1024;
    const container = await this.docker.createContainer({
      name: `${this.#prefix}-${name}-${this.#count++}`,
      Image: this.image(name),
      ...(command === undefined ? {} : { Cmd: command }),
      ...(user === undefined ? {} : { User: user }),
      Env: Object.entries(env).map(([key, value]) => `${key}=${value}`),
      HostConfig: {
        CapDrop: ["ALL"],
        CapAdd: capabilities,
        SecurityOpt: ["no-new-privileges:true"],
        Memory: memory,
        MemorySwap: 2 * memory,
        Binds: [...mounts, ...binds],
        NetworkMode: this.#prefix,
        ...(options.port === undefined
          ? {}
          : { PortBindings: { [`${options.port}/tcp`]: [{ HostIp: "127.0.0.1", HostPort: "" }] } }),
      },
      NetworkingConfig: {
        EndpointsConfig: { [this.#prefix]: { Aliases: alias === undefined ? [] : [alias] } },
      },
    });
    this.#containers.push(container);
    await container.start();
    return container;
  }

  /** Where a published port is reached from the host; it changes with every start. */
  async address(container: Docker.Container, port: number): Promise<string> {
    const { Ports } = (await container.inspect()).NetworkSettings;
    return `http://127.0.0.1:${Ports[`${port}/tcp`]?.[0]?.HostPort}`;
  }

  async exec(
    container: Docker.Container,
    command: string[],
    options: { env?: Record<string, string>; stdin?: string } = {},
  ): Promise<ExecResult> {
    const exec = await container.exec({
      Cmd: command,
      AttachStdin: options.stdin !== undefined,
      AttachStdout: true,
      AttachStderr: true,
      Env: Object.entries(options.env ?? {}).map(([key, value]) => `${key}=${value}`),
    });
    const stream = await exec.start({ hijack: true, stdin: options.stdin !== undefined });
    if (options.stdin !== undefined) stream.end(options.stdin);
    const [stdout, stderr] = await demultiplex(this.docker, stream);
    return { code: (await exec.inspect()).ExitCode ?? -1, stdout, stderr };
  }

  async logs(container: Docker.Container): Promise<string> {
    const raw = (await container.logs({ stdout: true, stderr: true, follow: false })) as unknown as Buffer;
    let text = "";
    // Frames: one byte of stream, three of nothing, four of length.
    for (let at = 0; at + 8 <= raw.length; ) {
      const length = raw.readUInt32BE(at + 4);
      text += raw.toString("utf8", at + 8, at + 8 + length);
      at += 8 + length;
    }
    return text;
  }

  /** Waits until `check` holds, asking five times a second. */
  async until(what: string, check: () => Promise<boolean>, seconds = 30): Promise<void> {
    const end = Date.now() + seconds * 1000;
    while (Date.now() < end) {
      if (await check().catch(() => false)) return;
      await sleep(200);
    }
    throw new Error(`not within ${seconds} s: ${what}`);
  }

  /** Waits until a container has ended and returns its exit code. */
  async ended(container: Docker.Container): Promise<number> {
    return (await container.wait()).StatusCode;
  }

  async close(): Promise<void> {
    for (const container of this.#containers) await container.remove({ force: true }).catch(() => {});
    for (const volume of this.#volumes)
      await this.docker
        .getVolume(volume)
        .remove()
        .catch(() => {});
    await this.#network?.remove().catch(() => {});
  }
}

async function demultiplex(docker: Docker, stream: NodeJS.ReadWriteStream): Promise<[string, string]> {
  const out = new PassThrough();
  const err = new PassThrough();
  docker.modem.demuxStream(stream, out, err);
  const texts = Promise.all([out, err].map(async (s) => Buffer.concat(await s.toArray()).toString("utf8")));
  await new Promise((resolve, reject) => stream.on("end", resolve).on("close", resolve).on("error", reject));
  out.end();
  err.end();
  return (await texts) as [string, string];
}
