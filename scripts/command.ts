import { report } from "./setup/problem.ts";

/**
 * Runs a command's main function: a first Ctrl-C asks everything under way to stop, a second one ends at once.
 * Sets the exit code and prints what went wrong.
 */
export async function command(main: (signal: AbortSignal, args: string[]) => Promise<number>): Promise<void> {
  const control = new AbortController();
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(name, () => {
      if (control.signal.aborted) process.exit(130);
      control.abort();
    });
  }
  let code: number;
  try {
    code = await main(control.signal, process.argv.slice(2));
  } catch (error) {
    code = report(error);
  }
  process.exit(control.signal.aborted ? 130 : code);
}
