import { type ChildProcess, execFile, spawn } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
/** What the program is made of; linked, so that a test's stack runs the code of this checkout. */
const PROGRAM = [
  "agents.ts",
  "components",
  "config.ts",
  "index.ts",
  "node_modules",
  "package.json",
  "plane",
  "providers",
  "versions.ts",
];
const MINUTE = 60_000;

export interface Run {
  code: number;
  /** Both streams, as a person sees them. */
  text: string;
}

/** The program as a stack of its own on the real engine: own folder, state, passphrase and configuration. */
export class TestStack {
  readonly name: string;
  /** The project folder of this stack. */
  readonly directory: string;

  private constructor(name: string, directory: string) {
    this.name = name;
    this.directory = directory;
  }

  /**
   * @param config keys with namespace; secret ones are set with {@link setSecret}.
   * @param versions text that takes the place of versions.yml's.
   */
  static async create(name: string, config: Record<string, unknown>, versions?: string): Promise<TestStack> {
    const base = join(ROOT, ".plane-ops/test");
    mkdirSync(base, { recursive: true });
    const directory = mkdtempSync(join(base, `${name}-`));
    for (const part of PROGRAM) symlinkSync(join(ROOT, part), join(directory, part));
    // The CLI follows a link to find the project's folder.
    writeFileSync(join(directory, "Pulumi.yaml"), readFileSync(join(ROOT, "Pulumi.yaml")));
    writeFileSync(join(directory, "versions.yml"), versions ?? readFileSync(join(ROOT, "versions.yml")));
    mkdirSync(join(directory, "state"));
    const stack = new TestStack(name, directory);
    await sweep(name);
    await stack.must("stack", "init", name);
    for (const [key, value] of Object.entries(config)) await stack.set(key, value);
    return stack;
  }

  /** Sets a configuration value; structured ones as JSON. */
  async set(key: string, value: unknown): Promise<void> {
    await this.must("config", "set", key, typeof value === "string" ? value : JSON.stringify(value));
  }

  async setSecret(key: string, value: string): Promise<void> {
    await this.must("config", "set", "--secret", key, value);
  }

  /** Sets one value inside a structured key: `plane:accounts.imhotep.token`. */
  async setSecretPath(path: string, value: string): Promise<void> {
    await this.must("config", "set", "--secret", "--path", path, value);
  }

  async unset(key: string): Promise<void> {
    await this.must("config", "rm", key);
  }

  up(...flags: string[]): Promise<Run> {
    return this.pulumi("up", "--yes", "--skip-preview", ...flags);
  }

  preview(...flags: string[]): Promise<Run> {
    return this.pulumi("preview", ...flags);
  }

  /** Resources that a preview with refresh wants to change: name to operation, `same` left out. */
  async drift(): Promise<Record<string, string>> {
    const { code, text } = await this.preview("--refresh", "--json");
    if (code !== 0) throw new Error(text);
    const { steps } = JSON.parse(text.slice(text.indexOf("{"))) as { steps: { op: string; urn: string }[] };
    const changed = steps.filter(({ op }) => !["same", "refresh", "read"].includes(op));
    return Object.fromEntries(changed.map(({ op, urn }) => [urn.split("::").at(-1) ?? "", op]).sort());
  }

  async outputs(): Promise<Record<string, unknown>> {
    return JSON.parse(await this.must("stack", "output", "--json", "--show-secrets")) as Record<
      string,
      unknown
    >;
  }

  /** The state as it is stored: secrets encrypted. */
  async state(): Promise<string> {
    return this.must("stack", "export");
  }

  async urns(): Promise<string[]> {
    const { deployment } = JSON.parse(await this.state()) as {
      deployment: { resources?: { urn: string }[] };
    };
    return (deployment.resources ?? []).map(({ urn }) => urn).sort();
  }

  async pulumi(command: string, ...args: string[]): Promise<Run> {
    return run("pulumi", [command, ...args, "--stack", this.name, "--non-interactive"], this.options());
  }

  /** As {@link pulumi}; a failure throws with all that was said. */
  async must(command: string, ...args: string[]): Promise<string> {
    const named = command === "stack" && args[0] === "init";
    const { code, text } = named
      ? await run("pulumi", [command, ...args, "--non-interactive"], this.options())
      : await this.pulumi(command, ...args);
    if (code !== 0) throw new Error(`pulumi ${command} ${args.join(" ")} ended with ${code}:\n${text}`);
    return text;
  }

  /** Starts `pulumi up` in a process group of its own, to be killed. */
  startUp(environment: NodeJS.ProcessEnv = {}): ChildProcess {
    const args = ["up", "--yes", "--skip-preview", "--stack", this.name, "--non-interactive"];
    const { cwd, env } = this.options();
    return spawn("pulumi", args, { cwd, env: { ...env, ...environment }, detached: true, stdio: "ignore" });
  }

  /** Destroys what is left and removes the folder; for `after` hooks, so it does not throw. */
  async dispose(): Promise<void> {
    await this.pulumi("cancel", "--yes");
    await this.pulumi("destroy", "--yes", "--skip-preview");
    await sweep(this.name);
    rmSync(this.directory, { recursive: true, force: true });
  }

  private options() {
    return {
      cwd: this.directory,
      env: {
        ...toolEnvironment(),
        // Without metadata beside the state: a kill while it is written leaves an empty file, and then Pulumi reads
        // no state at all ("failed to load checkpoint: EOF").
        PULUMI_BACKEND_URL: `file://${this.directory}/state?metadata=skip`,
        PULUMI_CONFIG_PASSPHRASE: "passphrase of a test",
      },
    };
  }
}

/** PATH and settings under which the tools that set-up provided are found. */
export function toolEnvironment(): NodeJS.ProcessEnv {
  return {
    ...process.env,
    PATH: `${join(ROOT, ".plane-ops/bin")}:${join(ROOT, "node_modules/.bin")}:${process.env.PATH}`,
    PULUMI_HOME: join(ROOT, ".plane-ops/pulumi"),
    PULUMI_SKIP_UPDATE_CHECK: "true",
    NODE_COMPILE_CACHE: join(ROOT, ".plane-ops/cache/node"),
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    NO_COLOR: "1",
  };
}

/** Runs a program to its end; both streams in one text. */
export function run(
  command: string,
  args: string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv; timeout?: number } = {},
): Promise<Run> {
  return new Promise((resolve) => {
    const settings = { maxBuffer: 64 * 1024 * 1024, timeout: 8 * MINUTE, ...options };
    execFile(command, args, settings, (error, stdout, stderr) =>
      resolve({
        code: error ? (typeof error.code === "number" ? error.code : -1) : 0,
        text: `${stdout}${stderr}`,
      }),
    );
  });
}

/** Runs the docker client; a failure throws with what it said. */
export async function docker(...args: string[]): Promise<string> {
  const { code, text } = await run("docker", args, { env: toolEnvironment() });
  if (code !== 0) throw new Error(`docker ${args.join(" ")} ended with ${code}: ${text}`);
  return text.trim();
}

/** Every file below a folder. */
export function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** Removes what an earlier, killed run of a test stack left: its labels say whose it is. */
function sweep(name: string): Promise<void> {
  return removeAll((kind) =>
    docker(
      kind,
      "ls",
      ...(kind === "container" ? ["--all"] : []),
      "--quiet",
      "--filter",
      `label=io.javisi.stack=plane-ops/${name}`,
    ),
  );
}

/** Removes every container, network and volume whose name starts like this: what a killed test run left behind. */
export function sweepNames(start: string): Promise<void> {
  return removeAll(async (kind) => {
    const format = kind === "container" ? ["--all", "--format", "{{.Names}}"] : ["--format", "{{.Name}}"];
    const names = (await docker(kind, "ls", ...format)).split("\n");
    return names.filter((name) => name.startsWith(start)).join("\n");
  });
}

async function removeAll(list: (kind: "container" | "network" | "volume") => Promise<string>): Promise<void> {
  for (const [kind, remove] of [
    ["container", ["rm", "--force", "--volumes"]],
    ["network", ["rm"]],
    ["volume", ["rm"]],
  ] as const) {
    const found = (await list(kind)).split("\n").filter((name) => name !== "");
    if (found.length > 0) await docker(kind, ...remove, ...found);
  }
}
