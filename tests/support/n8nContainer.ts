import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { readVersions } from "../../versions.ts";
import { installN8n } from "./n8nInstall.ts";
import { docker } from "./stack.ts";

const READY_WITHIN_MS = 240_000;

/**
 * A real n8n where the platform has it: a container on its networks, which the stack finds and did not make. The
 * program is npm's, mounted: an image of it would be 2 GB.
 * @param port on loopback; the API that the stack deploys to.
 */
export async function runN8nContainer(
  name: string,
  networks: [string, ...string[]],
  port: number,
): Promise<string> {
  const modules = join(dirname(await installN8n()), "../..");
  const [first, ...others] = networks;
  const environment = {
    HOME: "/tmp",
    N8N_USER_FOLDER: "/tmp/n8n",
    NODE_ENV: "production",
    N8N_SECURE_COOKIE: "false",
    N8N_DISABLED_MODULES: "mcp-registry,instance-ai,agents,chat-hub,mcp",
    N8N_DIAGNOSTICS_ENABLED: "false",
    N8N_VERSION_NOTIFICATIONS_ENABLED: "false",
    N8N_TEMPLATES_ENABLED: "false",
    N8N_COMMUNITY_PACKAGES_ENABLED: "false",
  };
  await docker(
    ...["create", "--name", name, "--network", first, "--network-alias", "n8n"],
    ...["--network-alias", "n8n.javisi.internal", "--publish", `127.0.0.1:${port}:5678`],
    ...["--memory", "1500m", "--volume", `${modules}:/opt/n8n/node_modules:ro`],
    ...Object.entries(environment).flatMap(([key, value]) => ["--env", `${key}=${value}`]),
    // An image that has Node.
    ...["--entrypoint", "node", readVersions().images.minio, "/opt/n8n/node_modules/n8n/bin/n8n"],
  );
  for (const network of others) await docker("network", "connect", network, name);
  await docker("start", name);
  const url = `http://127.0.0.1:${port}`;
  const deadline = Date.now() + READY_WITHIN_MS;
  while (
    !(await fetch(`${url}/healthz/readiness`).then(
      ({ ok }) => ok,
      () => false,
    ))
  ) {
    if (Date.now() > deadline)
      throw new Error(`n8n does not start:\n${await docker("logs", "--tail", "30", name)}`);
    await sleep(500);
  }
  return url;
}
