import { spawn } from "node:child_process";

export interface RunOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  /** Stops the process and everything it started. */
  signal?: AbortSignal;
  /** Milliseconds after which it is stopped; `timedOut` says so. Default: no limit. */
  timeout?: number;
  /** Milliseconds without a line of output after which it is stopped; `timedOut` says so. Default: no limit. */
  silence?: number;
  /** Called with each line of stdout and stderr. */
  onLine?: (line: string) => void;
  /** Text for stdin; without it stdin is closed. */
  input?: string;
}

export interface RunResult {
  /** Exit code; 127 when the command does not exist, 128 when a signal ended it. */
  code: number;
  stdout: string;
  stderr: string;
  timedOut: boolean;
}

/** Runs a command to its end and never throws because of how it ended. Of its output the last MiB per stream is kept. */
export function run(command: string, args: string[], options: RunOptions = {}): Promise<RunResult> {
  return new Promise((resolve) => {
    const result: RunResult = { code: 128, stdout: "", stderr: "", timedOut: false };
    if (options.signal?.aborted) return resolve(result);
    // A group of its own, so that a compiler's or npm's children end with it.
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: options.env ?? process.env,
      detached: true,
      stdio: [options.input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
    });
    const timers: NodeJS.Timeout[] = [];
    const kill = (signal: NodeJS.Signals) => {
      try {
        if (child.pid) process.kill(-child.pid, signal);
      } catch {
        // Gone already.
      }
    };
    const stop = () => {
      kill("SIGTERM");
      timers.push(setTimeout(() => kill("SIGKILL"), 5000));
    };
    const expire = () => {
      result.timedOut = true;
      stop();
    };
    if (options.timeout) timers.push(setTimeout(expire, options.timeout));
    const quiet = options.silence ? setTimeout(expire, options.silence) : undefined;
    if (quiet) timers.push(quiet);
    options.signal?.addEventListener("abort", stop, { once: true });

    for (const name of ["stdout", "stderr"] as const) {
      const stream = child[name];
      if (!stream) continue;
      let rest = "";
      stream.setEncoding("utf8");
      stream.on("data", (chunk: string) => {
        quiet?.refresh();
        result[name] = (result[name] + chunk).slice(-1024 * 1024);
        if (!options.onLine) return;
        const lines = (rest + chunk).split(/\r?\n|\r/);
        rest = lines.pop() ?? "";
        for (const line of lines) options.onLine(line);
      });
      stream.on("end", () => {
        if (rest && options.onLine) options.onLine(rest);
      });
    }
    if (options.input !== undefined) {
      child.stdin?.on("error", () => {});
      child.stdin?.end(options.input);
    }
    const settle = (code: number) => {
      for (const timer of timers) clearTimeout(timer);
      options.signal?.removeEventListener("abort", stop);
      resolve({ ...result, code });
    };
    child.on("error", (error: NodeJS.ErrnoException) => {
      result.stderr += error.message;
      settle(error.code === "ENOENT" ? 127 : 126);
    });
    child.on("close", (code) => settle(code ?? 128));
  });
}

/** The last `count` non-empty lines of a text, indented for a message. */
export function lastLines(text: string, count = 12): string {
  const lines = text.split("\n").filter((line) => line.trim());
  return lines
    .slice(-count)
    .map((line) => `  ${line.trimEnd()}`)
    .join("\n");
}
