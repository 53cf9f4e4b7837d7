import { Agent, request } from "node:http";
import type { EngineAddress } from "./engine.ts";

const PING_TIMEOUT_MS = 10_000;

/** One `GET /_ping`, without the weight of the whole client. Throws what stands in the way. */
export async function ping({ host, sshOpts }: EngineAddress): Promise<void> {
  const url = new URL(host);
  const agent = url.protocol === "ssh:" ? await sshAgent(url, sshOpts) : undefined;
  const where =
    url.protocol === "unix:"
      ? { socketPath: url.pathname }
      : { host: url.hostname, port: url.port || 2375, agent: agent ?? new Agent() };
  await new Promise<void>((resolve, reject) => {
    const call = request({ ...where, path: "/_ping", timeout: PING_TIMEOUT_MS }, (response) => {
      response.resume();
      response.on("end", () => {
        if (response.statusCode === 200) resolve();
        else reject(new Error(`_ping answered ${response.statusCode}`));
      });
    });
    call.on("timeout", () => call.destroy(new Error(`no answer in ${PING_TIMEOUT_MS / 1000} seconds`)));
    call.on("error", reject);
    call.end();
  });
  agent?.destroy();
}

async function sshAgent(url: URL, sshOpts: string[]): Promise<Agent> {
  const { SshAgent } = await import("./ssh-agent.ts");
  return new SshAgent(url, sshOpts);
}
