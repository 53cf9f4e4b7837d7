import { benchBridge } from "../bench/bridge.ts";
import { benchInside } from "../bench/inside.ts";
import { benchPreview } from "../bench/preview.ts";
import { benchColdStart, benchWarmStart } from "../bench/start.ts";
import { command } from "./command.ts";
import { pathsOf } from "./setup/paths.ts";
import { Problem } from "./setup/problem.ts";
import { Progress } from "./setup/progress.ts";
import { readState } from "./stack/state.ts";

await command(async (signal, args) => {
  const unknown = args.filter((arg) => arg !== "--no-cold");
  if (unknown.length > 0) throw new Problem(`Unknown argument ${unknown.join(" ")}. Allowed: --no-cold`);
  const paths = pathsOf();
  if ((readState(paths)?.resources ?? 0) === 0)
    throw new Problem("The bench measures the local stack, which is not up. Bring it up with: npm start");
  const progress = new Progress();
  const benches = [
    { title: "previews", measure: benchPreview },
    { title: "Plane's inside", measure: benchInside },
    { title: "plane-bridge", measure: benchBridge },
    { title: "warm start", measure: benchWarmStart },
    ...(args.includes("--no-cold") ? [] : [{ title: "cold start (some minutes)", measure: benchColdStart }]),
  ];
  const results: string[] = [];
  try {
    for (const { title, measure } of benches) {
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
