import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { local, remote } from "@pulumi/command";
import { type ComponentResource, type CustomResourceOptions, type Input, secret } from "@pulumi/pulumi";
import { type DockerHost, isRemote } from "../providers/host/run.ts";

export interface HostCommandArgs {
  /** Shell script that makes the thing; run again when it changes. Nothing secret: it stands in the state. */
  create: string;
  /** Run again when one of these changes. */
  triggers: Input<string>[];
}

/** A command on the Docker host, which is this machine or, with `docker:host ssh://...`, another one. */
export function hostCommand(
  name: string,
  host: DockerHost,
  args: HostCommandArgs,
  options: CustomResourceOptions & { parent: ComponentResource },
): local.Command | remote.Command {
  // Outputs are printed and stored by default, whatever is in them (contracts/pulumi).
  const quiet: CustomResourceOptions = { ...options, additionalSecretOutputs: ["stdout", "stderr"] };
  if (isRemote(host))
    return new remote.Command(name, { ...args, connection: connectionTo(host), logging: "none" }, quiet);
  return new local.Command(
    name,
    { ...args, environment: { DOCKER_HOST: host.address }, logging: "none" },
    quiet,
  );
}

/** The same host, port, user and key as the docker provider's `docker:host` and `docker:sshOpts` give. */
function connectionTo(host: DockerHost) {
  const url = new URL(host.address);
  const keyFile = host.sshOpts[host.sshOpts.indexOf("-i") + 1];
  const key = host.sshOpts.includes("-i") && keyFile ? keyFile.replace(/^~(?=\/)/, homedir()) : undefined;
  return {
    host: url.hostname,
    port: url.port === "" ? 22 : Number(url.port),
    user: url.username || "root",
    ...(key
      ? { privateKey: secret(readFileSync(key, "utf8")) }
      : { agentSocketPath: process.env.SSH_AUTH_SOCK }),
  };
}
