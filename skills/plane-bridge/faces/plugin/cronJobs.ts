import { execFile } from "node:child_process";
import { promisify } from "node:util";
import pRetry from "p-retry";
import type { Bridge } from "../../core/bridge.ts";
import { type RunOpenClaw, reconcileCron } from "../../poller/cron.ts";

/** A command of OpenClaw's takes half a minute when nothing of it is loaded yet (contracts/openclaw). */
const TIMEOUT_MS = 120_000;

/** OpenClaw's command line, in the version of this gateway: the program that it was started as. */
const runOpenClaw: RunOpenClaw = async (args) => {
  const [, openclaw = ""] = process.argv;
  const { stdout } = await promisify(execFile)(process.execPath, [openclaw, ...args], {
    timeout: TIMEOUT_MS,
  });
  return stdout;
};

/** Sees to OpenClaw's own cron jobs once the gateway takes calls: those of `agents:polling cron`, or none. */
export async function keepCronJobs({ config, log }: Pick<Bridge, "config" | "log">): Promise<void> {
  try {
    await pRetry(() => reconcileCron(config, runOpenClaw), { retries: 5, factor: 1.5, minTimeout: 5000 });
  } catch (error) {
    log(`OpenClaw's cron jobs are not what agents:polling asks for: ${(error as Error).message}`);
  }
}
