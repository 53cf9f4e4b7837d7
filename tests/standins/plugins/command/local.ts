import type { Properties } from "../values.ts";
import { type Output, run } from "./process.ts";

/** Runs a command text on this machine, with the inputs `interpreter`, `dir`, `environment`, `stdin`, `logging`. */
export function runLocal(
  command: string,
  inputs: Properties,
  previous: Properties,
  urn?: string,
): Promise<Output> {
  const interpreter = inputs.interpreter as string[] | undefined;
  // The launcher's own setting is none of the command's business.
  const { NODE_COMPILE_CACHE: _ours, ...inherited } = process.env;
  return run({
    argv: [...(interpreter && interpreter.length > 0 ? interpreter : ["/bin/sh", "-c"]), command],
    shown: command,
    cwd: inputs.dir as string | undefined,
    env: {
      ...inherited,
      ...(inputs.environment as Record<string, string> | undefined),
      ...previousOutput(inputs, previous),
    },
    stdin: inputs.stdin as string | undefined,
    logging: inputs.logging as string | undefined,
    urn,
  });
}

/** What the last run printed, for the next one, unless `addPreviousOutputInEnv` is false. */
export function previousOutput(inputs: Properties, previous: Properties): Record<string, string> {
  if (inputs.addPreviousOutputInEnv === false) return {};
  const names = { PULUMI_COMMAND_STDOUT: previous.stdout, PULUMI_COMMAND_STDERR: previous.stderr };
  return Object.fromEntries(
    Object.entries(names).flatMap(([name, value]) => (value ? [[name, String(value)]] : [])),
  );
}
