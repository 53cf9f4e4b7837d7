import type { SmokeSpec } from "../../providers/openclaw/smoke/index.ts";
import type { Paths } from "../setup/paths.ts";
import { Problem } from "../setup/problem.ts";
import { lastLines, run } from "../setup/run.ts";

/** The smoke test of the release that a stack's state knows. */
export async function lastSmoke(paths: Paths, env: NodeJS.ProcessEnv, stack: string): Promise<SmokeSpec> {
  const args = ["stack", "export", "-s", stack, "--non-interactive"];
  const { code, stdout, stderr } = await run("pulumi", args, { cwd: paths.root, env });
  if (code !== 0)
    throw new Problem(`The state of stack ${stack} cannot be read: ${lastLines(stderr || stdout).trim()}`);
  const { deployment } = JSON.parse(stdout) as {
    deployment: { resources?: { urn: string; outputs?: { smoke?: SmokeSpec } }[] };
  };
  const release = deployment.resources?.find(({ urn }) =>
    /::[^:]*OpenclawRelease::[^:]*$/.test(urn.split("$").at(-1) ?? ""),
  );
  if (release?.outputs?.smoke) return release.outputs.smoke;
  throw new Problem(
    `Stack ${stack} runs no OpenClaw. Bring it up: pulumi config set openclaw:enabled true -s ${stack} && pulumi up --refresh -s ${stack}`,
  );
}
