import { createHash } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import path from "node:path";
import type { Context } from "./context.ts";
import { findExecutable, searchPath } from "./find.ts";
import { download } from "./network.ts";
import { Problem } from "./problem.ts";
import { elapsed, type Task } from "./progress.ts";
import { lastLines, run } from "./run.ts";
import { unpackZip } from "./zip.ts";

/** A program that is built with a committed go.mod and go.sum. */
export interface GoTool {
  /** Name of the binary. */
  name: string;
  /** Folder of go.mod and go.sum, relative to the project. */
  folder: string;
  /** Import path of its main package, `.` for the folder itself. */
  package: string;
  /** What it reports as its version. */
  version: string;
}

/** A Go that can build: its binary, and how it was found. */
interface Go {
  binary: string;
  how: string;
}

/** The module proxies of a GOPROXY value, in order; `direct` and `off` are no proxies. */
export function goProxies(value: string | undefined): string[] {
  const list = (value || "https://proxy.golang.org").split(/[,|]/).map((one) => one.trim());
  return list.filter((one) => /^https?:/.test(one)).map((one) => one.replace(/\/+$/, ""));
}

/** Whether the output of `go version` names a Go of at least `wanted` (the `go` line of a go.mod). */
export function goIsEnough(output: string, wanted: string): boolean {
  const found = /go(\d+)\.(\d+)(?:\.(\d+))?/.exec(output);
  const least = /(\d+)\.(\d+)(?:\.(\d+))?/.exec(wanted);
  if (!found || !least) return false;
  for (const index of [1, 2, 3]) {
    const difference = Number(found[index] ?? 0) - Number(least[index] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return true;
}

/** Names this machine in Go's words, for instance `linux-amd64`. */
export function goPlatform(): string {
  const architecture = process.arch === "x64" ? "amd64" : process.arch;
  return `${process.platform}-${architecture}`;
}

let toolchain: Promise<Go> | undefined;

async function findGo(context: Context, wanted: string, task: Task): Promise<Go> {
  const found = findExecutable("go", [...searchPath([context.paths.bin]), "/usr/local/go/bin"]);
  let why = "Go is not installed";
  if (found) {
    const answer = await run(found, ["version"], {
      timeout: 10_000,
      env: { ...process.env, GOTOOLCHAIN: "local" },
    });
    if (answer.code === 0 && goIsEnough(answer.stdout, wanted)) {
      return { binary: found, how: answer.stdout.trim().split(" ")[2] ?? found };
    }
    why = `${found} is ${answer.stdout.trim().split(" ")[2] ?? "unusable"}, at least ${wanted} is needed`;
  }
  return fetchGo(context, why, task);
}

/** Fetches the pinned Go toolchain, which Go's module proxies serve like a module. */
async function fetchGo(context: Context, why: string, task: Task): Promise<Go> {
  const version = context.versions.tools.go;
  const { goArchives } = context.versions;
  const platform = goPlatform();
  const folder = path.join(context.paths.cache, `go-${version}`);
  const binary = path.join(folder, "bin", "go");
  const how = `Go ${version} from the Go module proxy`;
  if (existsSync(binary)) return { binary, how };
  const sha256 = goArchives[platform];
  if (!sha256) {
    throw new Problem(
      `${why}, and versions.yml pins no Go toolchain for ${platform} (goArchives has ${Object.keys(goArchives).join(", ") || "none"}).\n` +
        `Install Go ${version} from https://go.dev/dl/ or Pulumi ${context.versions.tools.pulumi} from https://www.pulumi.com/docs/install/, then run the command again.`,
    );
  }
  const archive = path.join(context.paths.cache, "downloads", `go-${version}-${platform}.zip`);
  const failures: string[] = [];
  for (const proxy of goProxies(process.env.GOPROXY)) {
    try {
      await download(`${proxy}/golang.org/toolchain/@v/v0.0.1-go${version}.${platform}.zip`, archive, {
        sha256,
        signal: context.signal,
        onProgress: (bytes, total) => task.now(`downloading Go ${version} ${share(bytes, total)}`),
      });
      break;
    } catch (error) {
      failures.push((error as Error).message);
    }
  }
  if (!existsSync(archive)) {
    throw new Problem(
      `${why}, and the Go toolchain ${version} cannot be downloaded:\n${failures.map((one) => `  ${one}`).join("\n") || "  GOPROXY names no proxy"}\n` +
        `Install Go ${version} from https://go.dev/dl/, set GOPROXY to a proxy that answers, or install Pulumi ${context.versions.tools.pulumi}; then run the command again.`,
    );
  }
  task.now(`unpacking Go ${version}`);
  const next = `${folder}.${process.pid}`;
  rmSync(next, { recursive: true, force: true });
  // The archive prefixes every path with the module's name, and writes go.mod as _go.mod because a module may hold one only.
  await unpackZip(archive, next, (name) =>
    name.replace(/^[^@]+@[^/]+\//, "").replace(/(^|\/)_go\.mod$/, "$1go.mod"),
  );
  for (const dir of ["bin", path.join("pkg", "tool", platform.replace("-", "_"))]) {
    const full = path.join(next, dir);
    if (existsSync(full)) for (const name of readdirSync(full)) chmodSync(path.join(full, name), 0o755);
  }
  rmSync(folder, { recursive: true, force: true });
  renameSync(next, folder);
  rmSync(archive, { force: true });
  return { binary, how };
}

function share(bytes: number, total: number): string {
  return total > 0 ? `${Math.floor((100 * bytes) / total)} %` : `${Math.floor(bytes / 1e6)} MB`;
}

/** Where a built tool is kept: a name that changes with everything its binary depends on. */
export function builtPath(context: Context, tool: GoTool): string {
  const folder = path.join(context.paths.root, tool.folder);
  const hash = createHash("sha256").update(`${tool.package}\n${tool.version}\n${goPlatform()}\n`);
  const sources = readdirSync(folder).filter((name) => /\.(go|mod|sum)$/.test(name));
  for (const name of sources.sort()) hash.update(readFileSync(path.join(folder, name)));
  return path.join(context.paths.cache, "tools", `${tool.name}-${hash.digest("hex").slice(0, 16)}`);
}

/**
 * Builds a tool from the Go module proxy, once: the binary is kept by the hash of what it is made of.
 * Returns its path and how it came to be.
 */
export async function buildGoTool(
  context: Context,
  tool: GoTool,
  task: Task,
): Promise<{ file: string; how: string }> {
  const file = builtPath(context, tool);
  if (existsSync(file)) return { file, how: "built earlier, kept in .plane-ops/cache" };
  const started = Date.now();
  const folder = path.join(context.paths.root, tool.folder);
  const wanted = /^go (\S+)$/m.exec(readFileSync(path.join(folder, "go.mod"), "utf8"))?.[1] ?? "1.25";
  toolchain ??= findGo(context, wanted, task);
  const go = await toolchain;
  const cache = path.join(context.paths.cache, "go");
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    GOTOOLCHAIN: "local",
    GOROOT: "",
    GOWORK: "off",
    // No C compiler needed; the module cache stays removable.
    CGO_ENABLED: "0",
    GOFLAGS: "-mod=readonly -modcacherw -trimpath -buildvcs=false",
    GOMODCACHE: path.join(cache, "mod"),
    GOCACHE: path.join(cache, "build"),
  };
  delete env.GOROOT;
  const counted = { modules: 0, packages: 0, total: 0 };
  const listed = await run(go.binary, ["list", "-deps", tool.package], {
    cwd: folder,
    env,
    signal: context.signal,
    onLine: (line) => {
      if (line.startsWith("go: downloading")) task.now(`fetching Go modules (${++counted.modules})`);
    },
  });
  if (listed.code !== 0) throw goProblem(context, tool, listed.stderr);
  counted.total = listed.stdout.trim().split("\n").length;
  const next = `${file}.${process.pid}`;
  mkdirSync(path.dirname(file), { recursive: true });
  const variable = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version";
  const built = await run(
    go.binary,
    ["build", "-v", "-ldflags", `-s -w -X ${variable}=${tool.version}`, "-o", next, tool.package],
    {
      cwd: folder,
      env,
      signal: context.signal,
      onLine: (line) => {
        if (/^[\w.-]+(\/\S+)*$/.test(line))
          task.now(`compiling ${++counted.packages} of ${counted.total} packages`);
      },
    },
  );
  if (built.code !== 0) throw goProblem(context, tool, built.stderr);
  // Of earlier versions, and of builds that were killed, nothing is used again.
  const others = new RegExp(`^${tool.name}-[0-9a-f]{16}(\\.\\d+)?$`);
  for (const name of readdirSync(path.dirname(file))) {
    if (others.test(name) && path.join(path.dirname(file), name) !== next)
      rmSync(path.join(path.dirname(file), name));
  }
  renameSync(next, file);
  return { file, how: `built with ${go.how} in ${elapsed(Date.now() - started)}` };
}

function goProblem(context: Context, tool: GoTool, output: string): Error {
  if (context.signal.aborted) return new Problem("stopped");
  const errors = output.split("\n").filter((line) => !line.startsWith("go: downloading"));
  return new Problem(
    `${tool.name} ${tool.version} could not be built with modules from the Go module proxy. Go's last lines:\n${lastLines(errors.join("\n"))}\n` +
      "Check the network, GOPROXY (go env GOPROXY) and the free disk space, then run the command again; what is fetched is kept.",
  );
}

/** Removes sources and object files once every tool is built: about 3 GB that only a new version would use again. */
export function dropGoCache(context: Context): void {
  rmSync(path.join(context.paths.cache, "go"), { recursive: true, force: true });
  rmSync(path.join(context.paths.cache, `go-${context.versions.tools.go}`), { recursive: true, force: true });
}
