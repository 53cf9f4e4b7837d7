import { type ExecFileException, execFile, execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  bundlePlugins,
  dynamicProviderLauncher,
  pluginLauncher,
  STAND_IN_PLUGINS,
} from "../../standins/plugins/launcher.ts";

const root = join(import.meta.dirname, "../../..");

await bundlePlugins(root);

export interface Result {
  code: number;
  output: string;
}

/** One step that a preview announces: what happens to which resource, and why. */
export interface Step {
  op: string;
  name: string;
  /** Properties that differ, with the kind of change. */
  diff: Record<string, string>;
}

/** A stack of a tiny program on the real engine, with the stand-in plugins first on its PATH. */
export class TestStack {
  readonly folder: string;
  private readonly env: NodeJS.ProcessEnv;

  constructor(name: string, env: NodeJS.ProcessEnv = {}) {
    const parent = join(root, ".plane-ops/test");
    mkdirSync(parent, { recursive: true });
    this.folder = mkdtempSync(join(parent, `${name}-`));
    const bin = join(this.folder, "bin");
    for (const folder of ["bin", "home", "state"]) mkdirSync(join(this.folder, folder));
    symlinkSync(join(root, "node_modules"), join(this.folder, "node_modules"));
    const places = { root, node: join(root, "node_modules/node/bin/node") };
    for (const plugin of STAND_IN_PLUGINS) {
      writeFileSync(join(bin, `pulumi-resource-${plugin}`), pluginLauncher(plugin, places), { mode: 0o755 });
    }
    writeFileSync(join(bin, "pulumi-resource-pulumi-nodejs"), dynamicProviderLauncher(places), {
      mode: 0o755,
    });
    const path = [bin, join(root, ".plane-ops/bin"), join(root, "node_modules/.bin"), process.env.PATH];
    // What the test runner sets for its own children would make every node below a reporter of tests.
    const { NODE_TEST_CONTEXT: _ours, NODE_OPTIONS: _runner, ...inherited } = process.env;
    this.env = {
      ...inherited,
      PATH: path.join(":"),
      PULUMI_HOME: join(this.folder, "home"),
      PULUMI_BACKEND_URL: `file://${join(this.folder, "state")}`,
      PULUMI_CONFIG_PASSPHRASE: "test",
      PULUMI_SKIP_UPDATE_CHECK: "true",
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
      NODE_COMPILE_CACHE: join(root, ".plane-ops/cache/compile"),
      ...env,
    };
    this.write(
      "Pulumi.yaml",
      `name: ${name}\nmain: index.ts\nruntime:\n  name: nodejs\n  options: {typescript: false}\n`,
    );
    this.write("package.json", '{"type": "module"}\n');
    execFileSync("pulumi", ["stack", "init", "test", "--non-interactive"], {
      cwd: this.folder,
      env: this.env,
    });
  }

  write(file: string, text: string): void {
    writeFileSync(join(this.folder, file), text);
  }

  /** Replaces the program by this body; docker, command, random and pulumi are imported for it. */
  program(body: string): void {
    const imports = ["docker", "command", "random", "pulumi"]
      .filter((name) => new RegExp(`\\b${name}\\.`).test(body))
      .map((name) => `import * as ${name} from "@pulumi/${name}";`);
    this.write("index.ts", `${imports.join("\n")}\n${body}\n`);
  }

  /** Runs the CLI in the stack's folder, never interactively. */
  pulumi(...args: string[]): Promise<Result> {
    return new Promise((resolve) => {
      execFile(
        "pulumi",
        [...args, "--stack", "test", "--non-interactive"],
        { cwd: this.folder, env: this.env, maxBuffer: 2 ** 26 },
        (error: ExecFileException | null, stdout, stderr) => {
          resolve({ code: error ? Number(error.code ?? 1) : 0, output: stdout + stderr });
        },
      );
    });
  }

  /** `pulumi up` that must work. */
  async up(...args: string[]): Promise<Result> {
    const result = await this.pulumi("up", "--yes", "--skip-preview", ...args);
    if (result.code !== 0) throw new Error(`up failed:\n${result.output}`);
    return result;
  }

  /** What a preview announces, steps that change nothing left out. */
  async preview(...args: string[]): Promise<Step[]> {
    const result = await this.pulumi("preview", "--json", ...args);
    if (result.code !== 0) throw new Error(`preview failed:\n${result.output}`);
    const parsed = JSON.parse(result.output.slice(result.output.indexOf("{"))) as {
      steps?: { op: string; urn: string; detailedDiff?: Record<string, { kind: string }> | null }[];
    };
    return (parsed.steps ?? [])
      .filter((step) => !["same", "refresh", "read"].includes(step.op))
      .map((step) => ({
        op: step.op,
        name: step.urn.split("::").at(-1) as string,
        diff: Object.fromEntries(
          Object.entries(step.detailedDiff ?? {}).map(([key, { kind }]) => [key, kind]),
        ),
      }));
  }

  /** The outputs that the state holds for a resource, by its logical name. */
  async outputs(name: string): Promise<Record<string, unknown>> {
    const result = await this.pulumi("stack", "export");
    const state = JSON.parse(result.output) as {
      deployment: { resources: { urn: string; outputs?: Record<string, unknown> }[] };
    };
    return state.deployment.resources.find(({ urn }) => urn.endsWith(`::${name}`))?.outputs ?? {};
  }

  async destroy(): Promise<void> {
    const result = await this.pulumi("destroy", "--yes", "--skip-preview");
    if (result.code !== 0) throw new Error(`destroy failed:\n${result.output}`);
  }

  /** Removes the stack's own files; what its resources made is the caller's to destroy before. */
  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Docker's own client, to look at things from outside and to change them behind the engine's back. */
export function docker(...args: string[]): string {
  return execFileSync("docker", args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }).trim();
}
