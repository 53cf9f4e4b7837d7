import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type DockerHost, lastLines, run } from "../../host/run.ts";
import { shellQuote } from "../../host/shell.ts";

/** A tool of the plugin's, and how it is called without doing harm. */
export interface SmokeTool {
  name: string;
  callers: "everyone" | "concierge";
  /** Needs more than an empty input, so an empty one is refused by the tool itself; else it only reads. */
  asks: boolean;
}

export interface SmokeSpec {
  container: string;
  /** The gateway's, inside the container. */
  port: number;
  version: string;
  /** `uid:gid` that everything runs as. */
  user: string;
  tools: SmokeTool[];
  /** By their ids in OpenClaw. */
  agents: { concierge: string; imhotep: string };
  /** What agents reach: name to `http(s)://`, `postgresql://host:port` or `tcp://host:port`, without credentials. */
  services: Record<string, string>;
  /** Whether a model is configured, so that a concierge can spawn. */
  spawn: boolean;
  /** In the container: folders of which everything belongs to the user. */
  folders: string[];
}

export interface SmokeCheck {
  name: string;
  ok: boolean;
  seconds: number;
  /** What was seen, or why it failed. */
  said: string;
}

export interface SmokeReport {
  ok: boolean;
  checks: SmokeCheck[];
}

/** All checks at their limits would be longer; a gateway that hangs in several of them is bad enough. */
const SECONDS = 600;

/**
 * Sees whether a gateway does its work (OPENCLAW-UPG-05, -08, -13): by a program in its own container, which has
 * Node, its network and its token, and by its log since it started. Reads only; see {@link SmokeTool}.
 */
export async function smoke(host: DockerHost, spec: SmokeSpec): Promise<SmokeReport> {
  const program = readFileSync(join(import.meta.dirname, "program.mjs"), "utf8");
  const stdin = `globalThis.smokeSpec = ${JSON.stringify(spec)};\n${program}`;
  const command = `docker exec -i ${shellQuote(spec.container)} node --input-type=module -`;
  let checks: SmokeCheck[] = [];
  try {
    const { code, stdout, stderr } = await run(host, command, { stdin, timeout: SECONDS });
    checks = checksOf(stdout);
    if (code !== 0) checks.push(failed("smoke test", lastLines(stderr, 2) || `exit code ${code}`));
    else checks.push(await log(host, spec.container));
  } catch (error) {
    checks.push(failed("smoke test", (error as Error).message));
  }
  return { ok: checks.every(({ ok }) => ok), checks };
}

/** One line for each check, for a person. */
export function smokeText({ checks }: SmokeReport): string {
  return checks
    .map(({ name, ok, seconds, said }) => `${ok ? "ok    " : "FAILED"} ${name} (${seconds} s): ${said}`)
    .join("\n");
}

/** From outside: what the kernel refused since the gateway started (OPENCLAW-UPG-08). */
async function log(host: DockerHost, container: string): Promise<SmokeCheck> {
  const name = shellQuote(container);
  const since = `"$(docker inspect --format '{{.State.StartedAt}}' ${name})"`;
  const script = `log=$(docker logs --since ${since} ${name} 2>&1) || exit 1; printf '%s' "$log" | grep -E 'EPERM|EACCES' || :`;
  const { code, stdout } = await run(host, script);
  if (code !== 0) return failed("log", "it cannot be read");
  const lines = stdout.split("\n").filter(Boolean);
  return lines.length > 0
    ? failed("log", `${lines.length} lines with EPERM or EACCES, the last: ${lines.at(-1)?.slice(0, 200)}`)
    : { name: "log", ok: true, seconds: 0, said: "no EPERM, no EACCES since the start" };
}

function failed(name: string, said: string): SmokeCheck {
  return { name, ok: false, seconds: 0, said };
}

function checksOf(stdout: string): SmokeCheck[] {
  return stdout
    .split("\n")
    .filter((line) => line.startsWith('{"name"'))
    .map((line) => JSON.parse(line) as SmokeCheck);
}
