import { type DockerHost, lastLines, run } from "../host/run.ts";
import { shellQuote } from "../host/shell.ts";

const LOG_LINES = 25;
/** Shorter values are words like `debug`, which a log is full of. */
const SHORTEST_SECRET = 8;
const SECRET_KEY = /token|secret|password|passphrase|api_?key|credential/i;

/** What a container's state and log say of why it failed; empty when there is no such container. */
export async function evidenceOf(host: DockerHost, container: string): Promise<string> {
  const name = shellQuote(container);
  const state =
    "{{.State.Status}}, exit code {{.State.ExitCode}}{{if .State.OOMKilled}}, out of memory{{end}}{{with .State.Error}}, {{.}}{{end}}" +
    "{{if .State.Health}}{{range .State.Health.Log}}\nhealth check: {{.Output}}{{end}}{{end}}";
  const { code, stdout } = await run(host, `docker inspect --format ${shellQuote(state)} ${name}`);
  if (code !== 0) return "";
  const log = await run(host, `docker logs --tail ${LOG_LINES} ${name} 2>&1`);
  const [status = "", ...health] = stdout.trim().split("\n");
  const lastLook = health.filter((line) => line.trim() !== "").slice(-1);
  return [`container: ${status}`, ...lastLook, "log:", lastLines(log.stdout, LOG_LINES)].join("\n");
}

/** A text without the values of an environment, and without what a configuration has under names of secrets. */
export function redacted(text: string, environment: Record<string, string>, configuration: string): string {
  const secrets = [...Object.values(environment), ...secretsIn(configuration)]
    .filter((value) => value.length >= SHORTEST_SECRET && !value.startsWith("/"))
    .toSorted((a, b) => b.length - a.length);
  return secrets.reduce((shown, secret) => shown.replaceAll(secret, "[secret]"), text);
}

function secretsIn(configuration: string): string[] {
  const found: string[] = [];
  try {
    JSON.parse(configuration, (key, value: unknown) => {
      if (typeof value === "string" && SECRET_KEY.test(key)) found.push(value);
      return value;
    });
  } catch {
    // What is no JSON stopped the gateway before it could tell anything of it.
  }
  return found;
}
