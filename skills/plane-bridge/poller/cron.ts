import { z } from "zod";
import type { BridgeConfig } from "../core/config.ts";
import { BridgeError } from "../core/errors.ts";
import { isPaused } from "../core/pause.ts";

/** Runs `openclaw` with these arguments and answers what it printed. */
export type RunOpenClaw = (args: string[]) => Promise<string>;

const PREFIX = "plane-poll-";
/** The tool by its name, so that the turn costs little; what to do with the answer is in SKILL.md. */
const MESSAGE = "Call plane_list_my_tasks and go on with your tasks in Plane.";
const TIMEOUT_SECONDS = 120;

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
 * Makes OpenClaw's cron jobs `plane-poll-<agent_id>` what the configuration asks for (OPENCLAW-09): with polling
 * `cron` one for each agent that is not paused, none otherwise. `cron add` makes a second job of the same name, so
 * jobs are listed first; jobs of other names are not touched.
 */
export async function reconcileCron(
  config: Pick<BridgeConfig, "agents" | "polling" | "pollMinutes" | "paused" | "state">,
  run: RunOpenClaw,
): Promise<void> {
  const { agents, polling, pollMinutes } = config;
  const everyMs = pollMinutes * 60_000;
  const polled = polling === "cron" ? agents.filter(({ agentId }) => !isPaused(config, agentId)) : [];
  const wanted = new Map(polled.map(({ agentId, openclawId }) => [PREFIX + agentId, openclawId]));
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
