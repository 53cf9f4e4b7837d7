import type { Paths } from "../scripts/setup/paths.ts";
import { insideSettings } from "../tests/support/insidePlane.ts";
import { PlaneServer } from "../tests/support/planeServer.ts";
import { type Run, TestStack } from "../tests/support/stack.ts";

/** Calls that a refresh of the whole workspace may take. */
const REFRESH_GOAL = 25;

/**
 * Plane's inside on the real engine against an empty Plane: how long it takes and how many calls, to make all of it
 * and to look at all of it. The floor beside them is the same number of plain requests to the same server.
 */
export async function benchInside(_paths: Paths, _signal: AbortSignal): Promise<string[]> {
  const server = await PlaneServer.start({ apiRateLimit: 100_000 });
  const stack = await TestStack.create("bench-inside", insideSettings(server.url));
  try {
    const measured = async (run: () => Promise<Run>) => {
      await server.clearCalls();
      const started = performance.now();
      const { code, text } = await run();
      if (code !== 0) throw new Error(text);
      return { seconds: (performance.now() - started) / 1000, calls: (await server.calls()).length };
    };
    const made = await measured(() => stack.up());
    const floor = await plainRequests(server.url, made.calls);
    const looked = await measured(() => stack.preview("--refresh", "--expect-no-changes"));
    const unchanged = await measured(() => stack.preview("--expect-no-changes"));
    return [
      `bring-up of Plane's inside          ${format(made.seconds)}  ${made.calls} calls; floor: as many plain requests ${format(floor).trim()}`,
      `refresh of it                       ${format(looked.seconds)}  ${looked.calls} calls (goal <= ${REFRESH_GOAL}${looked.calls <= REFRESH_GOAL ? "" : ", missed"}); without refresh ${format(unchanged.seconds).trim()} and ${unchanged.calls} calls`,
    ];
  } finally {
    await stack.dispose();
    await server.close();
  }
}

async function plainRequests(url: string, count: number): Promise<number> {
  const started = performance.now();
  for (let k = 0; k < count; k += 1) await (await fetch(`${url}/`)).text();
  return (performance.now() - started) / 1000;
}

function format(value: number): string {
  return `${value.toFixed(2)} s`.padStart(8);
}
