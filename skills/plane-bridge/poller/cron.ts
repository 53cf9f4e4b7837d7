import pRetry from "p-retry";
import { z } from "zod";
import type { Bridge } from "../core/bridge.ts";
import type { BridgeConfig } from "../core/config.ts";
import { BridgeError } from "../core/errors.ts";
import { isPaused } from "../core/pause.ts";

/** Runs `openclaw` with these arguments and answers what it printed. `signal` ends it at once. */
export type RunOpenClaw = (args: string[], signal?: AbortSignal) => Promise<string>;

const PREFIX = "plane-poll-";
/** The tool by its name, so that the turn costs little; what to do with the answer is in SKILL.md. */
const MESSAGE = "Call plane_list_my_tasks and go on with your tasks in Plane.";
const TIMEOUT_SECONDS = 120;

/** How soon after it a pause holds: OpenClaw knows nothing of it. */
const PAUSE_MS = 60_000;

const Job = z.object({
  id: z.string(),
  name: z.string(),
  agentId: z.string().optional(),
  enabled: z.boolean(),
  schedule: z.object({ kind: z.string(), everyMs: z.number().optional() }),
  payload: z.object({ message: z.string().optional() }),
});
type Job = z.output<typeof Job>;
const Jobs = z.object({ jobs: z.array(Job), hasMore: z.boolean().default(false) });

/**
 * Sees to OpenClaw's cron jobs until `signal` ends it: first, and again whenever somebody is paused or is not any more.
 * A failure is logged and tried again later.
 */
export async function keepCron(
  bridge: Pick<Bridge, "clock" | "log"> & { config: Settings },
  run: RunOpenClaw,
  signal: AbortSignal,
): Promise<void> {
  let kept: string | undefined;
  while (!signal.aborted) {
    const { config, clock, log } = bridge;
    const wanted = polledBy(config)
      .map(({ agentId }) => agentId)
      .join();
    let wait = PAUSE_MS;
    if (wanted !== kept) {
      try {
        // The gateway takes calls a moment after its services were started.
        const once = () => reconcileCron(config, (args) => run(args, signal));
        await pRetry(once, { retries: 5, factor: 1.5, minTimeout: 5000, signal });
        kept = wanted;
      } catch (error) {
        if (signal.aborted) return;
        log(`OpenClaw's cron jobs are not what agents:polling asks for: ${(error as Error).message}`);
        wait = config.pollMinutes * 60_000;
      }
    }
    await clock.sleep(wait, signal);
  }
}

type Settings = Pick<BridgeConfig, "agents" | "polling" | "pollMinutes" | "paused" | "state">;

/** The agents that OpenClaw's cron wakes. */
function polledBy(config: Settings): BridgeConfig["agents"] {
  const { agents, polling } = config;
  return polling === "cron" ? agents.filter(({ agentId }) => !isPaused(config, agentId)) : [];
}

/**
 * Makes OpenClaw's cron jobs `plane-poll-<agent_id>` what the configuration asks for (OPENCLAW-09): with polling
 * `cron` one for each agent that is not paused, none otherwise. `cron add` makes a second job of the same name, so
 * jobs are listed first; jobs of other names are not touched.
 */
export async function reconcileCron(config: Settings, run: RunOpenClaw): Promise<void> {
  const { pollMinutes } = config;
  const everyMs = pollMinutes * 60_000;
  const wanted = new Map(polledBy(config).map(({ agentId, openclawId }) => [PREFIX + agentId, openclawId]));
  const isRight = ({ name, agentId, enabled, schedule, payload }: Job) =>
    agentId === wanted.get(name) &&
    enabled &&
    schedule.kind === "every" &&
    schedule.everyMs === everyMs &&
    payload.message === MESSAGE;

  for (const job of await jobsOf(run)) {
    if (!job.name.startsWith(PREFIX)) continue;
    // Of two that are right, one is too many.
    if (isRight(job) && wanted.delete(job.name)) continue;
    await run(["cron", "rm", job.id, "--json"]);
  }
  for (const [name, openclawId] of wanted) {
    await run([
      ...["cron", "add", "--name", name, "--agent", openclawId, "--every", `${pollMinutes}m`],
      ...["--session", "isolated", "--message", MESSAGE, "--no-deliver"],
      ...["--timeout-seconds", String(TIMEOUT_SECONDS), "--json"],
    ]);
  }
}

/** A disabled job is listed only with `--all`. */
async function jobsOf(run: RunOpenClaw): Promise<Job[]> {
  const printed = await run(["cron", "list", "--all", "--json"]);
  // With JSON console logs a plugin's line can stand before the document (contracts/openclaw).
  const document = printed.slice(Math.max(0, printed.search(/^\{\s*$/m)));
  const { jobs, hasMore } = Jobs.parse(JSON.parse(document));
  // Ours may be among those that are not shown, and would be added again.
  if (hasMore) throw new BridgeError("OpenClaw has more than 200 cron jobs", "remove jobs that nobody needs");
  return jobs;
}
