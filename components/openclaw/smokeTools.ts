import type { SmokeTool } from "../../providers/openclaw/smoke/index.ts";
import { TOOLS } from "../../skills/plane-bridge/tools/index.ts";

/**
 * All tools of the bridge, for the smoke test, which calls each with an empty input: those that ask for nothing have
 * to be such that change nothing.
 */
export function smokeTools(): SmokeTool[] {
  return TOOLS.map(({ name, callers, input }) => ({
    name,
    callers,
    asks: !input.safeParse({}).success,
  }));
}
