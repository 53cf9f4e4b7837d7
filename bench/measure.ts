import { run } from "../scripts/setup/run.ts";

/** The middle of a list of numbers. */
export function median(values: number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** Seconds that a program takes; a failure throws with what it said. */
export async function seconds(
  program: string,
  args: string[],
  options: { cwd: string; env: NodeJS.ProcessEnv; signal: AbortSignal },
): Promise<number> {
  const started = performance.now();
  const { code, stdout, stderr } = await run(program, args, options);
  if (code !== 0) throw new Error(`${program} ${args.join(" ")} ended with ${code}:\n${stdout}${stderr}`);
  return (performance.now() - started) / 1000;
}

/**
 * Medians of several measurements taken in turn, so that what else the machine does falls on all alike.
 * @param rounds how often each is measured, after one round that does not count.
 */
export async function inTurn<Name extends string>(
  rounds: number,
  measurements: Record<Name, () => Promise<number>>,
): Promise<Record<Name, number>> {
  const names = Object.keys(measurements) as Name[];
  const taken = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>;
  for (let round = 0; round <= rounds; round += 1)
    for (const name of names) {
      const value = await measurements[name]();
      if (round > 0) taken[name].push(value);
    }
  return Object.fromEntries(names.map((name) => [name, median(taken[name])])) as Record<Name, number>;
}
