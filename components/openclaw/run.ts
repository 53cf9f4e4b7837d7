import { log } from "@pulumi/pulumi";
import type { PlaneOpsConfig } from "../../config.ts";
import type { Deployment } from "../deployment.ts";
import type { OpenClaw } from "../openclaw.ts";
import type { PlaneBridge } from "../planeBridge.ts";
import type { ReadyOpenclaw } from "./ready.ts";

/** The gateway beside a Plane of this stack; its code is loaded by those only who have one. */
export async function runOpenClaw(
  config: PlaneOpsConfig,
  ready: ReadyOpenclaw,
  { fleet, ready: before }: Deployment,
  bridge: PlaneBridge,
): Promise<OpenClaw | undefined> {
  if (fleet === undefined) return undefined;
  const [{ OpenClaw }, { explainRelease }] = await Promise.all([
    import("../openclaw.ts"),
    import("./explain.ts"),
  ]);
  await log.info(explainRelease(ready.plan));
  const { hooksToken } = bridge;
  return new OpenClaw("openclaw", { config, ready, fleet, hooksToken }, { dependsOn: [...before, bridge] });
}
