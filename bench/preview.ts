import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { type Paths, stackName } from "../scripts/setup/paths.ts";
import { pulumiEnvironment } from "../scripts/stack/environment.ts";
import { inTurn, seconds } from "./measure.ts";

const GOAL = 1.5;
const ROUNDS = 5;

/**
 * A preview that finds nothing to do, against a program without resources on the same engine, backend and Node; and
 * the floor below both: starting Node on the SDK, and the engine itself.
 */
export async function benchPreview(paths: Paths, signal: AbortSignal): Promise<string[]> {
  const empty = emptyProject(paths);
  const env = pulumiEnvironment(paths);
  const preview = (cwd: string, stack: string, ...flags: string[]) =>
    seconds("pulumi", ["preview", "--non-interactive", "--stack", stack, ...flags], { cwd, env, signal });
  try {
    await seconds("pulumi", ["stack", "init", "empty", "--non-interactive"], { cwd: empty, env, signal });
    await seconds("pulumi", ["up", "--yes", "--non-interactive", "--stack", "empty"], {
      cwd: empty,
      env,
      signal,
    });
    const results = await inTurn(ROUNDS, {
      stack: () => preview(paths.root, stackName, "--expect-no-changes"),
      refreshed: () => preview(paths.root, stackName, "--expect-no-changes", "--refresh"),
      empty: () => preview(empty, "empty"),
      sdk: () => seconds("node", ["-e", 'require("@pulumi/pulumi")'], { cwd: paths.root, env, signal }),
      engine: () => seconds("pulumi", ["version"], { cwd: paths.root, env, signal }),
    });
    const ratio = results.stack / results.empty;
    return [
      `no-op preview of the local stack    ${format(results.stack)}  ${ratio.toFixed(2)} x the empty program (goal <= ${GOAL}${ratio <= GOAL ? "" : ", missed"})`,
      `the same with --refresh             ${format(results.refreshed)}  ${(results.refreshed / results.empty).toFixed(2)} x`,
      `empty program                       ${format(results.empty)}  the floor: what the engine costs without us`,
      `of which: Node loading the SDK      ${format(results.sdk)}`,
      `          the CLI doing nothing     ${format(results.engine)}`,
    ];
  } finally {
    await seconds("pulumi", ["stack", "rm", "--yes", "--force", "empty"], { cwd: empty, env, signal });
    rmSync(empty, { recursive: true, force: true });
  }
}

function emptyProject(paths: Paths): string {
  const base = path.join(paths.base, "bench");
  mkdirSync(base, { recursive: true });
  const folder = mkdtempSync(path.join(base, "empty-"));
  symlinkSync(path.join(paths.root, "node_modules"), path.join(folder, "node_modules"));
  const runtime = "runtime:\n  name: nodejs\n  options:\n    typescript: false\n";
  writeFileSync(path.join(folder, "Pulumi.yaml"), `name: plane-ops-empty\nmain: index.ts\n${runtime}`);
  writeFileSync(
    path.join(folder, "package.json"),
    '{"type":"module","main":"index.ts","dependencies":{"@pulumi/pulumi":"*"}}\n',
  );
  writeFileSync(path.join(folder, "index.ts"), 'import "@pulumi/pulumi";\n');
  return folder;
}

function format(value: number): string {
  return `${value.toFixed(2)} s`.padStart(8);
}
