import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Properties } from "../values.ts";
import { previousOutput } from "./local.ts";
import { CommandFailed, type Output, run } from "./process.ts";

interface Connection {
  host: string;
  user?: string;
  port?: number;
  privateKey?: string;
  privateKeyPassword?: string;
  password?: string;
  agentSocketPath?: string;
  hostKey?: string;
  dialErrorLimit?: number;
  perDialTimeout?: number;
}

/** What the ssh client says when it never came to running the command: only then is a new try safe. */
const NOT_CONNECTED =
  /ssh: connect to host|ssh: Could not resolve|Connection (closed|reset)|kex_exchange_identification|timed out/;

/** What the ssh client asks for a password: it prints the one from its environment. */
const ASK_PASS = `#!/bin/sh\nprintf '%s\\n' "$PULUMI_COMMAND_SSH_SECRET"\n`;

const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 5000;

/**
 * Runs a command text on another machine with the ssh client. Key, host key and environment go through files
 * of a private folder that is removed afterwards, never through arguments.
 */
export async function runRemote(
  command: string,
  inputs: Properties,
  previous: Properties,
  urn?: string,
): Promise<Output> {
  const connection = inputs.connection as unknown as Connection;
  const folder = await mkdtemp(join(tmpdir(), "pulumi-command-"));
  try {
    const given = (inputs.environment as Record<string, string> | undefined) ?? {};
    const environment = { ...given, ...previousOutput(inputs, previous) };
    const config = await writeConfig(folder, connection, environment);
    const secret = connection.privateKey ? connection.privateKeyPassword : connection.password;
    const attempt = () =>
      run({
        argv: ["ssh", "-F", config, "target", checkedEnvironment(Object.keys(given)) + command],
        shown: command,
        env: { ...process.env, ...(secret ? askPass(folder, secret) : {}) },
        stdin: inputs.stdin as string | undefined,
        logging: inputs.logging as string | undefined,
        urn,
      });
    return await dial(attempt, connection.dialErrorLimit ?? 10);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function dial(attempt: () => Promise<Output>, limit: number): Promise<Output> {
  for (let tries = 1, delay = FIRST_DELAY_MS; ; tries++, delay = Math.min(delay * 1.5, LONGEST_DELAY_MS)) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof CommandFailed) || error.code !== 255) throw error;
      if (!NOT_CONNECTED.test(error.stderr)) throw error;
      if (limit !== -1 && tries >= limit) {
        throw new Error(`after ${tries} failed attempts: ${error.stderr.trim()}`);
      }
      await new Promise((resolve) => setTimeout(resolve, delay));
    }
  }
}

async function writeConfig(
  folder: string,
  connection: Connection,
  environment: Record<string, string>,
): Promise<string> {
  const lines = [
    `HostName ${connection.host}`,
    `User ${connection.user ?? "root"}`,
    `Port ${connection.port ?? 22}`,
    `ConnectTimeout ${connection.perDialTimeout ?? 15}`,
    "LogLevel ERROR",
  ];
  if (connection.privateKey) {
    const key = join(folder, "key");
    await writeFile(key, connection.privateKey.replace(/\n*$/, "\n"), { mode: 0o600 });
    lines.push(`IdentityFile ${key}`);
  } else {
    lines.push("IdentityFile none");
  }
  const agent = connection.agentSocketPath ?? process.env.SSH_AUTH_SOCK;
  lines.push(`IdentityAgent ${agent ? quoted(agent) : "none"}`);
  lines.push(`IdentitiesOnly ${agent ? "no" : "yes"}`);
  if (!connection.password && !connection.privateKeyPassword) lines.push("BatchMode yes");
  if (connection.hostKey) {
    const known = join(folder, "known_hosts");
    await writeFile(known, `* ${connection.hostKey.trim()}\n`, { mode: 0o600 });
    lines.push("StrictHostKeyChecking yes", `UserKnownHostsFile ${known}`);
  } else {
    lines.push("StrictHostKeyChecking no", "UserKnownHostsFile /dev/null");
  }
  lines.push("GlobalKnownHostsFile /dev/null");
  const settings = Object.entries(environment).map(([name, value]) => quoted(`${name}=${value}`));
  if (settings.length > 0) lines.push(`SetEnv ${settings.join(" ")}`);
  await writeFile(join(folder, "askpass"), ASK_PASS, { mode: 0o700 });
  const path = join(folder, "config");
  await writeFile(path, `Host target\n  ${lines.join("\n  ")}\n`, { mode: 0o600 });
  return path;
}

function quoted(text: string): string {
  return `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}

/** A server that does not accept a variable drops it silently; the official plugin fails there, so do we. */
function checkedEnvironment(names: string[]): string {
  return names
    .map((name) => {
      const complaint = `could not set environment variable "${name}": the SSH server must name it in AcceptEnv`;
      return `[ -n "\${${name}+set}" ] || { echo '${complaint}' >&2; exit 254; }\n`;
    })
    .join("");
}

function askPass(folder: string, secret: string): Record<string, string> {
  return {
    SSH_ASKPASS: join(folder, "askpass"),
    SSH_ASKPASS_REQUIRE: "force",
    DISPLAY: ":0",
    PULUMI_COMMAND_SSH_SECRET: secret,
  };
}
