import { type DockerHost, HostError, run } from "../host/run.ts";
import { shellQuote } from "../host/shell.ts";
import type { ContainerSpec } from "./container.ts";

/** The health check of a gateway: the plugin's own route says that it serves the agents, or why it does not. */
export function healthCommand(port: number): string {
  const look =
    `fetch("http://127.0.0.1:${port}/healthz").then(async (answer) => {` +
    "console.log((await answer.text()).slice(0, 500)); process.exit(answer.status === 200 ? 0 : 1) }, " +
    "(error) => { console.log(error.message); process.exit(1) })";
  return `node -e ${shellQuote(look)}`;
}

/** After the start period, three looks that fail make it unhealthy; by then it is known. */
export function withinSeconds({ startPeriod, interval }: ContainerSpec["health"]): number {
  return startPeriod + 4 * interval + 30;
}

/** Says one word of a container: `healthy` also of one that runs for 3 seconds and has no health check. */
const LOOK = `look() {
  docker inspect --format '{{.State.Status}} {{if .State.Health}}{{.State.Health.Status}}{{else}}none{{end}}' "$1" 2> /dev/null
}`;

/**
 * Waits until a started container is healthy.
 * @throws HostError as soon as it has ended or Docker calls it unhealthy, or when the time is up.
 */
export async function untilHealthy(host: DockerHost, container: string, seconds: number): Promise<void> {
  const name = shellQuote(container);
  const script = [
    LOOK,
    "steady=0",
    `end=$(( $(date +%s) + ${Math.ceil(seconds)} ))`,
    'while [ "$(date +%s)" -lt "$end" ]; do',
    `  state=$(look ${name})`,
    '  case "$state" in',
    '    "running healthy") exit 0 ;;',
    '    "running none") steady=$((steady + 1)); [ "$steady" -lt 4 ] || exit 0 ;;',
    '    "running starting" | "created "* | "restarting "*) steady=0 ;;',
    '    *) echo "$state"; exit 1 ;;',
    "  esac",
    "  sleep 1",
    "done",
    'echo "$state"; exit 2',
  ].join("\n");
  const outcome = await run(host, script, { timeout: seconds + 60 });
  if (outcome.code === 0) return;
  const [status = "gone", health = ""] = outcome.stdout.trim().split(" ");
  if (outcome.code === 2)
    throw new HostError(`${container} was not healthy within ${Math.ceil(seconds)} s (${status}, ${health})`);
  throw new HostError(
    status === "running"
      ? `${container} runs and is ${health}`
      : `${container} did not start: it is ${status || "gone"}`,
  );
}
