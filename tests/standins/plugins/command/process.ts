import { spawn } from "node:child_process";
import { logStatus } from "../engine-log.ts";

export interface Run {
  /** The program and its arguments. */
  argv: string[];
  /** What the user wrote, for messages. */
  shown: string;
  cwd?: string;
  env: NodeJS.ProcessEnv;
  stdin?: string;
  /** `stdout`, `stderr`, `stdoutAndStderr` (default) or `none`: what the display shows as it comes. */
  logging?: string;
  urn?: string;
}

export interface Output {
  stdout: string;
  stderr: string;
}

/** A command that ended with another exit code than 0, or did not start. */
export class CommandFailed extends Error {
  readonly code: number | null;
  readonly stderr: string;

  constructor(message: string, code: number | null, stderr: string) {
    super(message);
    this.code = code;
    this.stderr = stderr;
  }
}

/** Runs a command to its end. Both outputs lose one trailing line end, as with the official plugin. */
export function run(wanted: Run): Promise<Output> {
  const { argv, shown, cwd, env, stdin, urn } = wanted;
  const logging = wanted.logging ?? "stdoutAndStderr";
  return new Promise((resolve, reject) => {
    const child = spawn(argv[0] as string, argv.slice(1), {
      cwd,
      env,
      stdio: [stdin ? "pipe" : "ignore", "pipe", "pipe"],
    });
    const texts = { stdout: "", stderr: "", both: "" };
    for (const name of ["stdout", "stderr"] as const) {
      const stream = child[name];
      stream?.setEncoding("utf8");
      stream?.on("data", (chunk: string) => {
        texts[name] += chunk;
        texts.both += chunk;
        const show = logging === name || logging === "stdoutAndStderr";
        if (urn && show) void logStatus(urn, chunk.trimEnd());
      });
    }
    child.stdin?.on("error", () => {}); // the command may end before it has read everything
    child.stdin?.end(stdin);
    child.on("error", (error) => {
      reject(new CommandFailed(`${error.message}: running ${JSON.stringify(shown)}`, null, ""));
    });
    child.on("close", (code, signal) => {
      if (code === 0) {
        resolve({ stdout: trimmed(texts.stdout), stderr: trimmed(texts.stderr) });
        return;
      }
      const status = signal ? `signal: ${signal}` : `exit status ${code}`;
      reject(
        new CommandFailed(`${status}: running ${JSON.stringify(shown)}:\n${texts.both}`, code, texts.stderr),
      );
    });
  });
}

function trimmed(text: string): string {
  return text.endsWith("\n") ? text.slice(0, -1) : text;
}
