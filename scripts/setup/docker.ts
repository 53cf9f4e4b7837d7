import { spawn } from "node:child_process";
import { existsSync, openSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import type { Context } from "./context.ts";
import { askEngine, defaultSocket, type Endpoint, endpointOf } from "./engine.ts";
import { findExecutable, place, searchPath } from "./find.ts";
import { loadMade, updateMade } from "./made.ts";
import { Problem } from "./problem.ts";
import { processInfo, waitGone } from "./processes.ts";
import type { Task } from "./progress.ts";
import { lastLines, run } from "./run.ts";

/** The engine that set-up found or started. */
export interface Engine {
  endpoint: Endpoint;
  version: string;
  /** Value that DOCKER_HOST must have for everything that follows; undefined for the default socket. */
  dockerHost?: string;
}

/** What a look at an engine gave. */
export type EngineState =
  | { state: "running"; engine: Engine }
  | { state: "absent" | "hanging" | "forbidden" | "broken"; where: string; detail: string };

/** Where the engine keeps its pid files. */
const pidFiles = ["/var/run/docker.pid", "/var/run/docker/containerd/containerd.pid"];

/** Looks for a running engine: DOCKER_HOST, the default socket, the current context of the docker client. */
export async function lookForEngine(timeout = 10_000): Promise<EngineState> {
  const set = process.env.DOCKER_HOST;
  if (set) {
    const endpoint = endpointOf(set);
    if (endpoint) return ask(endpoint, set, set, timeout);
    return {
      state: "broken",
      where: `DOCKER_HOST=${set}`,
      detail: "the local stack needs an engine at unix:// or tcp:// (without TLS)",
    };
  }
  const found = await ask({ socketPath: defaultSocket }, `unix://${defaultSocket}`, undefined, timeout);
  if (found.state !== "absent") return found;
  // Docker Desktop, Colima and the like listen elsewhere and say so in the client's context.
  const client = findExecutable("docker", searchPath([]));
  if (!client) return found;
  const format = "{{.Endpoints.docker.Host}}";
  const context = await run(client, ["context", "inspect", "--format", format], { timeout: 5000 });
  const host = context.stdout.trim();
  const endpoint = context.code === 0 ? endpointOf(host) : undefined;
  if (!endpoint || host === `unix://${defaultSocket}`) return found;
  const other = await ask(endpoint, host, host, timeout);
  return other.state === "absent" ? found : other;
}

async function ask(
  endpoint: Endpoint,
  where: string,
  dockerHost: string | undefined,
  timeout: number,
): Promise<EngineState> {
  try {
    const answer = await askEngine(endpoint, "/version", { timeout });
    if (answer.status !== 200) return { state: "broken", where, detail: `it answers HTTP ${answer.status}` };
    const version = String(answer.body.Version ?? "unknown");
    return { state: "running", engine: { endpoint, version, ...(dockerHost ? { dockerHost } : {}) } };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ECONNREFUSED") return { state: "absent", where, detail: code };
    if (code === "ETIMEDOUT") return { state: "hanging", where, detail: message };
    if (code === "EACCES" || code === "EPERM") return { state: "forbidden", where, detail: code };
    return { state: "broken", where, detail: message };
  }
}

/** The message for an engine that is there but of no use, or undefined when one may be started. */
export function engineProblem(found: EngineState, dockerd: number | undefined): string | undefined {
  const restart = existsSync("/run/systemd/system")
    ? "systemctl restart docker"
    : `kill -9 ${dockerd ?? "<pid>"}`;
  switch (found.state) {
    case "hanging":
      return (
        `Docker's engine accepts connections at ${found.where} but does not answer (${found.detail}): it is half-dead` +
        `${dockerd ? ` (dockerd, pid ${dockerd})` : ""}.\nRestart Docker${dockerd ? ` (${restart})` : ""}, then run the command again.`
      );
    case "forbidden":
      return (
        `This user may not use Docker's socket ${found.where}.\n` +
        'Run: sudo usermod -aG docker "$USER", sign in again, then run the command again.'
      );
    case "broken":
      return `The engine at ${found.where} cannot be used: ${found.detail}.\nUnset DOCKER_HOST or set it to a local engine, then run the command again.`;
    case "absent":
      if (process.env.DOCKER_HOST) {
        return `No engine answers at DOCKER_HOST=${process.env.DOCKER_HOST} (${found.detail}).\nStart it or unset DOCKER_HOST, then run the command again.`;
      }
      return undefined;
    case "running":
      return undefined;
  }
}

/** Provides a Docker engine: a running one, else Debian's docker.io when root on Debian, else a message. */
export async function provideDocker(context: Context): Promise<Engine> {
  const task = context.progress.begin("Docker", "looking for an engine");
  const found = await lookForEngine();
  if (found.state === "running") {
    const ours = loadMade(context.paths).docker;
    const line = `engine ${found.engine.version}, running${ours && isOurs(ours) ? " (started by an earlier run of this command)" : ""}`;
    task.done(await withClient(context, found.engine, line, task));
    return found.engine;
  }
  const dockerd = runningDaemon();
  const problem = engineProblem(found, dockerd);
  if (problem) throw new Problem(problem);
  if (process.platform !== "linux") {
    throw new Problem(
      `No Docker engine is running (${found.state}: ${found.where}).\n` +
        "Install and start Docker Desktop (https://docs.docker.com/desktop/) or Colima, then run the command again.",
    );
  }
  if (process.getuid?.() !== 0) {
    throw new Problem(
      `No Docker engine is running (nothing listens on ${found.where}), and only root can start one.\n` +
        "Install it (Debian: sudo apt-get install docker.io) or start it (sudo systemctl start docker), then run the command again.",
    );
  }
  let how = "found installed";
  if (!daemonProgram()) {
    if (!existsSync("/usr/bin/apt-get")) {
      throw new Problem(
        "No Docker engine is installed, and this is no Debian or Ubuntu, where this command could install docker.io.\n" +
          "Install Docker (https://docs.docker.com/engine/install/), start it, then run the command again.",
      );
    }
    await apt(context, ["docker.io", "iptables"], task);
    how = "installed from Debian's docker.io (version pinned by the distribution)";
  }
  const engine = await startEngine(context, task);
  task.done(
    await withClient(context, engine, `engine ${engine.version}, none was running: ${how}, started`, task),
  );
  return engine;
}

/** Whether the recorded process still runs and is still the engine. */
export function isOurs(record: { pid: number; started: string }): boolean {
  const found = processInfo(record.pid);
  return found?.name === "dockerd" && found.started === record.started;
}

function daemonProgram(): string | undefined {
  return findExecutable("dockerd", [...searchPath([]), "/usr/sbin", "/usr/local/sbin", "/usr/bin"]);
}

/** The pid in the engine's pid file, when that process is a living dockerd. */
function runningDaemon(): number | undefined {
  const pid = readPid(pidFiles[0] ?? "");
  return pid && processInfo(pid)?.name === "dockerd" ? pid : undefined;
}

function readPid(file: string): number | undefined {
  try {
    return Number.parseInt(readFileSync(file, "utf8"), 10) || undefined;
  } catch {
    return undefined;
  }
}

async function apt(context: Context, packages: string[], task: Task): Promise<void> {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const options = [
    "-o",
    "DPkg::Lock::Timeout=60",
    "-o",
    "Acquire::Retries=1",
    "-o",
    "Acquire::http::Timeout=10",
  ];
  const steps: [string, string[]][] = [
    ["reading Debian's package lists", ["update", "-q"]],
    [`installing ${packages.join(", ")}`, ["install", "-q", "-y", "--no-install-recommends", ...packages]],
  ];
  for (const [text, args] of steps) {
    task.now(text);
    const answer = await run("apt-get", [...options, ...args], { env, signal: context.signal });
    if (context.signal.aborted) throw new Problem("stopped");
    // A third party's broken list must not stop the installation from Debian's own.
    if (answer.code !== 0 && args[0] === "install") {
      throw new Problem(
        `apt-get ${args.join(" ")} failed:\n${lastLines(answer.stderr || answer.stdout, 8)}\n` +
          "Mend what apt names (an interrupted dpkg: dpkg --configure -a), then run the command again.",
      );
    }
  }
  updateMade(context.paths, (made) => {
    made.packages = [...new Set([...made.packages, ...packages])];
  });
}

/** Removes pid files of an engine that is gone: a zombie's pid in one keeps the next engine from starting. */
export function dropStalePidFiles(files: string[] = pidFiles): string[] {
  const dropped: string[] = [];
  for (const file of files) {
    if (!existsSync(file)) continue;
    const pid = readPid(file);
    const name = pid ? processInfo(pid)?.name : undefined;
    if (name === "dockerd" || name?.startsWith("containerd")) continue;
    rmSync(file, { force: true });
    dropped.push(file);
  }
  return dropped;
}

async function startEngine(context: Context, task: Task): Promise<Engine> {
  if (existsSync("/run/systemd/system")) {
    task.now("systemctl start docker");
    await run("systemctl", ["start", "docker"], { timeout: 60_000 });
  } else {
    const stale = dropStalePidFiles();
    if (stale.length > 0)
      context.progress.say(`Docker: removed ${stale.join(", ")} of an earlier engine that is gone`);
    const program = daemonProgram();
    if (!program)
      throw new Problem(
        "Docker was installed, but dockerd is not there. Run: apt-get install --reinstall docker.io",
      );
    const log = openSync(path.join(context.paths.base, "dockerd.log"), "a");
    // A session of its own: it must outlive this command and its terminal.
    const child = spawn(program, [], { detached: true, stdio: ["ignore", log, log], cwd: "/" });
    child.unref();
    const pid = child.pid ?? 0;
    await new Promise((resolve) => setTimeout(resolve, 100));
    updateMade(context.paths, (made) => {
      made.docker = { pid, started: processInfo(pid)?.started ?? "" };
    });
  }
  const end = Date.now() + 60_000;
  for (;;) {
    task.now("waiting for the engine to answer");
    const found = await lookForEngine(3000);
    if (found.state === "running") return found.engine;
    const { docker } = loadMade(context.paths);
    const died = docker && !processInfo(docker.pid) && !existsSync("/run/systemd/system");
    if (died || Date.now() > end || context.signal.aborted) {
      const log = path.join(context.paths.base, "dockerd.log");
      const text = existsSync(log) ? readFileSync(log, "utf8") : "";
      throw new Problem(
        `Docker's engine ${died ? "ended at once" : "did not answer within 60 s"}. Its last log lines:\n${lastLines(text, 8)}\n` +
          `The whole log: ${existsSync("/run/systemd/system") ? "journalctl -u docker" : log}. Mend what it names, then run the command again.`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
}

/** Sees to a client that fits the engine, which the program's `docker exec` commands need. */
async function withClient(context: Context, engine: Engine, line: string, task: Task): Promise<string> {
  if (engine.dockerHost) process.env.DOCKER_HOST = engine.dockerHost;
  const link = path.join(context.paths.bin, "docker");
  const first = findExecutable("docker", searchPath([context.paths.bin]));
  const debian = "/usr/bin/docker";
  // Debian's engine is older than most clients one downloads: its own client is the one that surely fits.
  if (engine.version.includes("dfsg") && existsSync(debian)) {
    if (first === debian) rmSync(link, { force: true });
    else place(debian, link);
    return first === debian ? line : `${line}; Debian's client (${debian}) goes before ${first ?? "none"}`;
  }
  rmSync(link, { force: true });
  if (first) return line;
  if (process.getuid?.() === 0 && existsSync("/usr/bin/apt-get")) {
    await apt(context, ["docker-cli"], task);
    return `${line}; client from Debian's docker-cli`;
  }
  throw new Problem(
    "A Docker engine runs, but the command `docker` is not on PATH.\nInstall Docker's client (https://docs.docker.com/engine/install/), then run the command again.",
  );
}

/** Stops the engine that start started. False when it does not end within 30 s. */
export async function stopEngine(record: { pid: number; started: string }): Promise<boolean> {
  if (!isOurs(record)) return true;
  process.kill(record.pid, "SIGTERM");
  return waitGone(record.pid, 30_000);
}
