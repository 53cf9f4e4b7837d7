import { HostError } from "../../providers/host/run.ts";
import { setUp } from "../setup/index.ts";
import { type Paths, pathsOf } from "../setup/paths.ts";
import { Problem } from "../setup/problem.ts";
import { Progress } from "../setup/progress.ts";
import { stackConfiguration } from "../stack/configuration.ts";
import { pulumiEnvironment } from "../stack/environment.ts";
import { type Place, placeOfBackups } from "./place.ts";

/** A stack whose backups are worked on. */
export interface OnStack {
  stack: string;
  place: Place;
  paths: Paths;
  /** In which `pulumi` works on it. */
  env: NodeJS.ProcessEnv;
}

/**
 * Does something with a stack's backups, once the tools are there.
 * @throws Problem with what the host says.
 */
export async function onStack(
  stack: string,
  signal: AbortSignal,
  work: (on: OnStack) => Promise<void>,
): Promise<void> {
  const paths = pathsOf();
  const progress = new Progress(process.stderr, { quiet: true });
  await setUp(paths, progress, signal);
  progress.stop();
  const env = pulumiEnvironment(paths);
  process.env.PATH = env.PATH;
  try {
    const place = await placeOfBackups(await stackConfiguration(paths, env, stack));
    await work({ stack, place, paths, env });
  } catch (error) {
    throw error instanceof HostError ? new Problem(error.message) : error;
  }
}
