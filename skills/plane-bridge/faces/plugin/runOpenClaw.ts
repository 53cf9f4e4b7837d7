import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { RunOpenClaw } from "../../poller/cron.ts";

/** A command of OpenClaw's takes half a minute when nothing of it is loaded yet (contracts/openclaw). */
const TIMEOUT_MS = 120_000;

/** OpenClaw's command line, in the version of this gateway: the program that it was started as. */
export const runOpenClaw: RunOpenClaw = async (args, signal) => {
  const [, openclaw = ""] = process.argv;
  const { stdout } = await promisify(execFile)(process.execPath, [openclaw, ...args], {
    timeout: TIMEOUT_MS,
    signal,
  });
  return stdout;
};
