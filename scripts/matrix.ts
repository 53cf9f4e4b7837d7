import path from "node:path";
import { parseArgs } from "node:util";
import { BringUpLane, type Killed } from "../tests/support/bringUpLane.ts";
import { command } from "./command.ts";
import { setUp } from "./setup/index.ts";
import { pathsOf } from "./setup/paths.ts";
import { Problem } from "./setup/problem.ts";
import { elapsed, Progress } from "./setup/progress.ts";

/** Each has a core to itself on two. */
const LANES = 2;

interface Point {
  k: number;
  killed: Killed;
}

await command(async (signal, args) => {
  const wanted = range(args);
  process.env.PLANE_OPS_RETRY_SCALE = "0";
  const started = Date.now();
  const paths = pathsOf();
  const progress = new Progress();
  await setUp(paths, progress, signal);
  process.env.PATH = [paths.bin, process.env.PATH].join(path.delimiter);
  const lanes = await Promise.all(
    Array.from({ length: LANES }, (_, index) => BringUpLane.open(`matrix-${index}`)),
  );
  const task = progress.begin("matrix", "an undisturbed bring-up");
  const failures: string[] = [];
  try {
    const { world, calls } = await (lanes[0] as BringUpLane).undisturbed();
    const points = pointsOf(wanted.from, Math.min(wanted.to, calls));
    const left = [...points];
    const work = async (lane: BringUpLane) => {
      for (let point = left.shift(); point && !signal.aborted; point = left.shift()) {
        const name = `call ${point.k} of ${calls}, ${point.killed} killed`;
        task.now(`${name} (${points.length - left.length} of ${points.length}, ${failures.length} failed)`);
        await lane.converges(point.k, point.killed, world).catch((error: Error) => {
          failures.push(name);
          progress.say(`${name}: ${error.message}`);
        });
      }
    };
    await Promise.all(lanes.map(work));
    const done = points.length - left.length;
    task.done(
      `${done} of ${points.length} points in ${elapsed(Date.now() - started)}, ${failures.length} failed`,
    );
    for (const failure of failures) console.log(`  ${failure}`);
  } finally {
    progress.stop();
    await Promise.all(lanes.map((lane) => lane.close()));
  }
  return failures.length === 0 ? 0 : 1;
});

function range(args: string[]): { from: number; to: number } {
  try {
    const { values } = parseArgs({ args, options: { from: { type: "string" }, to: { type: "string" } } });
    const number = (name: "from" | "to", other: number) => {
      const text = values[name] ?? String(other);
      if (!/^[1-9]\d*$/.test(text)) throw new Error(`--${name} ${text} is not the number of a call`);
      return Number(text);
    };
    return { from: number("from", 1), to: number("to", Number.MAX_SAFE_INTEGER) };
  } catch (error) {
    throw new Problem(`${(error as Error).message}. Allowed: --from 1 --to 200, both optional`);
  }
}

function pointsOf(from: number, to: number): Point[] {
  const points: Point[] = [];
  for (let k = from; k <= to; k += 1)
    for (const killed of ["engine", "all"] as const) points.push({ k, killed });
  return points;
}
