import { spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { shellQuote } from "./shell.ts";

/**
 * The machine that Docker runs on, as the docker provider's own settings name it.
 * It travels as a resource input, so it holds nothing secret.
 */
export interface DockerHost {
  /** `docker:host`: `unix://...` (this machine, the default) or `ssh://user@host:port`. */
  address: string;
  /** `docker:sshOpts`: options for the `ssh` client, the same ones that the docker provider uses. */
  sshOpts: string[];
}

/** What a command on the host did. */
export interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  /** Fed to the script's standard input: the place for secrets and file contents. */
  stdin?: string;
  /** Seconds until the script is killed; 60 by default. */
  timeout?: number;
}

export const LOCAL_DOCKER = "unix:///var/run/docker.sock";

/** The script could not be run at all, or failed; the message is meant for a person. */
export class HostError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "HostError";
    // Pulumi prints the stack of what a dynamic provider throws; this error is for a person.
    this.stack = "";
  }
}

/** Whether host commands go through `ssh`. */
export function isRemote(host: DockerHost): boolean {
  return host.address.startsWith("ssh://");
}

/**
 * Runs a POSIX shell script on the Docker host, here or over ssh, and returns what came of it.
 * The script's text is visible in the process list, so secrets belong in `stdin`.
 * @throws HostError when the shell or ssh cannot be started, the host is unreachable, or the time is up.
 */
export function run(host: DockerHost, script: string, options: RunOptions = {}): Promise<Outcome> {
  const { command, args, env } = commandFor(host, script);
  const timeout = (options.timeout ?? 60) * 1000;
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      env,
      stdio: ["pipe", "pipe", "pipe"],
      timeout,
      killSignal: "SIGKILL",
    });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
    child.on("error", (error) => reject(new HostError(`${command} could not be started: ${error.message}`)));
    // A script that ends without reading its input closes the pipe: its exit code says the rest.
    child.stdin.on("error", () => {});
    child.stdin.end(options.stdin ?? "");
    child.on("close", (code, signal) => {
      const outcome = {
        code: code ?? -1,
        stdout: Buffer.concat(stdout).toString(),
        stderr: Buffer.concat(stderr).toString(),
      };
      if (signal === "SIGKILL")
        reject(new HostError(`no answer from ${placeOf(host)} within ${timeout / 1000} s`));
      else if (isRemote(host) && outcome.code === 255)
        reject(new HostError(`ssh to ${placeOf(host)} failed: ${lastLines(outcome.stderr, 3)}`));
      else resolve(outcome);
    });
  });
}

/**
 * As {@link run}, for scripts that must succeed; returns standard output.
 * @throws HostError with the step's name and the last lines that it said.
 */
export async function runOrThrow(
  host: DockerHost,
  step: string,
  script: string,
  options: RunOptions = {},
): Promise<string> {
  const outcome = await run(host, script, options);
  if (outcome.code === 0) return outcome.stdout;
  const said = lastLines(outcome.stderr || outcome.stdout, 12) || `exit code ${outcome.code}`;
  throw new HostError(`${step} failed on ${placeOf(host)}: ${said}`);
}

/** How messages name the host. */
export function placeOf(host: DockerHost): string {
  return isRemote(host) ? host.address : "this machine";
}

/** The last `count` non-empty lines of a text. */
export function lastLines(text: string, count: number): string {
  return text
    .split("\n")
    .filter((line) => line.trim())
    .slice(-count)
    .join("\n");
}

function commandFor(host: DockerHost, script: string) {
  if (!isRemote(host)) {
    const env = { ...process.env, DOCKER_HOST: host.address };
    return { command: "sh", args: ["-c", script], env };
  }
  const url = new URL(host.address);
  const target = url.username ? `${url.username}@${url.hostname}` : url.hostname;
  const args = [
    ...host.sshOpts,
    ...multiplexing(),
    "-o",
    "BatchMode=yes",
    "-o",
    "ConnectTimeout=10",
    ...(url.port ? ["-p", url.port] : []),
    target,
    `sh -c ${shellQuote(script)}`,
  ];
  return { command: "ssh", args, env: process.env };
}

/** One connection for all commands: sshd's MaxStartups drops bursts of new ones. */
function multiplexing(): string[] {
  const folder = join(tmpdir(), `plane-ops-ssh-${userInfo().uid}`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return ["-o", "ControlMaster=auto", "-o", `ControlPath=${folder}/%C`, "-o", "ControlPersist=30"];
}
