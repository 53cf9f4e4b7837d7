/**
 * Something the user can mend. Its message is printed as it is: what was found, where, what is allowed, the
 * command that mends it. Any other error is a bug of ours and keeps its stack trace.
 */
export class Problem extends Error {}

/** Prints the error for a person and returns the exit code. */
export function report(error: unknown): number {
  if (error instanceof Problem) console.error(`\n${error.message}`);
  else console.error(error);
  return 1;
}
