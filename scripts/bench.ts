import { benchBridge } from "../bench/bridge.ts";
import { benchInside } from "../bench/inside.ts";
import { benchCollector } from "../bench/monitoring/collector.ts";
import { benchMonitoring } from "../bench/monitoring.ts";
import { benchLoad, benchNotifications } from "../bench/notifications.ts";
import { benchPreview } from "../bench/preview.ts";
import { benchColdStart, benchWarmStart } from "../bench/start.ts";
import { command } from "./command.ts";
import { setUp } from "./setup/index.ts";
import { type Paths, pathsOf } from "./setup/paths.ts";
import { Problem } from "./setup/problem.ts";
import { Progress } from "./setup/progress.ts";
import { pulumiEnvironment } from "./stack/environment.ts";
import { readState } from "./stack/state.ts";

/** What is measured, by the name that chooses it. */
const BENCHES: Record<string, { title: string; measure: Measure; localStack?: true; onlyNamed?: true }> = {
  preview: { title: "previews", measure: benchPreview, localStack: true },
  inside: { title: "Plane's inside", measure: benchInside },
  bridge: { title: "plane-bridge", measure: benchBridge },
  notifications: { title: "notifications", measure: benchNotifications },
  load: { title: "notifications under load (two minutes)", measure: benchLoad(2) },
  endurance: { title: "notifications under load (ten minutes)", measure: benchLoad(10), onlyNamed: true },
  monitoring: { title: "dashboards over a week", measure: benchMonitoring },
  collector: { title: "the collector beside Plane (four minutes)", measure: benchCollector },
  start: { title: "warm start", measure: benchWarmStart, localStack: true },
  cold: { title: "cold start (some minutes)", measure: benchColdStart },
};

type Measure = (paths: Paths, signal: AbortSignal) => Promise<string[]>;

await command(async (signal, args) => {
  const unknown = args.filter((arg) => !(arg in BENCHES));
  if (unknown.length > 0) {
    const allowed = `${Object.keys(BENCHES).join(", ")}, or nothing for all but endurance`;
    throw new Problem(`Unknown argument ${unknown.join(" ")}. Allowed: ${allowed}`);
  }
  const chosen = Object.entries(BENCHES).filter(([name, { onlyNamed }]) =>
    args.length === 0 ? !onlyNamed : args.includes(name),
  );
  const paths = pathsOf();
  const needsStack = chosen.some(([, { localStack }]) => localStack);
  if (needsStack && (readState(paths)?.resources ?? 0) === 0)
    throw new Problem("The bench measures the local stack, which is not up. Bring it up with: npm start");
  const progress = new Progress();
  await setUp(paths, progress, signal);
  process.env.PATH = pulumiEnvironment(paths).PATH;
  const results: string[] = [];
  try {
    for (const [, { title, measure }] of chosen) {
      const task = progress.begin(title, "measuring");
      results.push(...(await measure(paths, signal)));
      task.done("measured");
    }
  } finally {
    progress.stop();
  }
  console.log(`\n${results.join("\n")}`);
  return 0;
});
