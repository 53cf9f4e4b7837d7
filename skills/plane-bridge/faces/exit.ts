import { Unreachable } from "../../../plane/errors.ts";
import { BridgeError } from "../core/errors.ts";

/** How the program ends, for scripts: what is transient is worth another try later (EX_TEMPFAIL). */
export const EXIT = { ok: 0, refused: 1, usage: 64, transient: 75 } as const;
export type Exit = (typeof EXIT)[keyof typeof EXIT];

/** A failure outside of a tool in words for whoever called, and how a program ends with it. */
export function explain(error: unknown): { message: string; exit: Exit } {
  if (error instanceof BridgeError)
    return { message: `${error.message}. Next: ${error.next}.`, exit: EXIT.refused };
  const { message } = error as Error;
  if (error instanceof Unreachable) {
    return { message: `${message}. Next: try again in some minutes.`, exit: EXIT.transient };
  }
  return { message, exit: EXIT.refused };
}
