import { execFile } from "node:child_process";
import { chmodSync, chownSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { connect } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import Docker from "dockerode";
import {
  PROXY_USER,
  type SandboxRules,
  socketProxyContainer,
  socketProxyProgram,
} from "../../components/openclaw/socketProxy.ts";
import type { Ended } from "./bridgeHome.ts";

/** The filtering proxy as it is deployed, in front of this machine's engine. */
export class SocketProxy {
  /** Folder that the gateway mounts. */
  readonly folder: string;
  readonly #container: Docker.Container;

  private constructor(folder: string, container: Docker.Container) {
    this.folder = folder;
    this.#container = container;
  }

  /**
   * @param home folder of the caller's, for the socket and the program.
   * @param image any with Node.
   */
  static async start(name: string, home: string, image: string, rules: SandboxRules): Promise<SocketProxy> {
    const folder = join(home, "socket");
    mkdirSync(folder, { recursive: true });
    const [uid = 0, gid = 0] = PROXY_USER.split(":").map(Number);
    chownSync(folder, uid, gid);
    chmodSync(folder, 0o750);
    const programFile = join(home, "socket-proxy.mjs");
    writeFileSync(programFile, await socketProxyProgram(), { mode: 0o644 });
    const socketGroup = statSync("/var/run/docker.sock").gid;
    const spec = socketProxyContainer({ image, programFile, folder, socketGroup, rules });
    const container = await new Docker().createContainer({
      name,
      Image: spec.image,
      Entrypoint: spec.entrypoint,
      Cmd: spec.command,
      User: spec.user,
      HostConfig: {
        GroupAdd: spec.groupAdd,
        NetworkMode: spec.networkMode,
        ReadonlyRootfs: spec.readOnly,
        CapDrop: spec.capDrop,
        SecurityOpt: ["no-new-privileges:true"],
        Memory: spec.memoryMb * 1024 * 1024,
        MemorySwap: spec.memoryMb * 1024 * 1024,
        NanoCpus: spec.cpus * 1e9,
        Binds: spec.mounts.map(
          ({ source, target, readOnly }) => `${source}:${target}${readOnly ? ":ro" : ""}`,
        ),
      },
    });
    const proxy = new SocketProxy(folder, container);
    try {
      await container.start();
      await proxy.#ready();
    } catch (error) {
      await proxy.stop();
      throw error;
    }
    return proxy;
  }

  /** A call of the engine's API. */
  async call(method: string, path: string, body?: string): Promise<{ status: number; text: string }> {
    return new Promise((resolve, reject) => {
      const headers = body === undefined ? {} : { "content-type": "application/json" };
      const call = request({ socketPath: this.#socket, method, path, headers }, async (response) =>
        resolve({ status: response.statusCode ?? 0, text: await text(response) }),
      );
      call.once("error", reject);
      call.end(body);
    });
  }

  /** What comes back for bytes that no client sends, until the proxy closes the connection. */
  async raw(bytes: string): Promise<string> {
    const socket = connect(this.#socket);
    socket.write(bytes);
    return text(socket);
  }

  /** The docker client, as the gateway runs it. */
  docker(args: string[], input = ""): Promise<Ended> {
    const env = { ...process.env, DOCKER_HOST: `unix://${this.#socket}` };
    return new Promise((resolve) => {
      const child = execFile("docker", args, { env, timeout: 30_000 }, (error, stdout, stderr) =>
        resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
      );
      child.stdin?.end(input);
    });
  }

  /** What the proxy has logged. */
  async logs(): Promise<string> {
    const logs = await this.#container.logs({ stdout: true, stderr: true });
    return logs.toString();
  }

  /** Kills it and starts it again. */
  async restart(): Promise<void> {
    await this.#container.kill();
    await this.#container.start();
    await this.#ready();
  }

  async stop(): Promise<void> {
    await this.#container.remove({ force: true });
  }

  get #socket(): string {
    return join(this.folder, "docker.sock");
  }

  async #ready(): Promise<void> {
    const deadline = Date.now() + 10_000;
    for (;;) {
      const answer = await this.call("GET", "/_ping").catch(() => undefined);
      if (answer?.text === "OK") return;
      if (Date.now() > deadline) throw new Error(`the proxy does not start:\n${await this.logs()}`);
      await sleep(50);
    }
  }
}
