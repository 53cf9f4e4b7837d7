import { Refused, Unreachable } from "../../../plane/errors.ts";

/** Why a tool did not do what it was asked, for the agent: what was found, and what to do next. */
export class BridgeError extends Error {
  /** The next step. */
  readonly next: string;

  constructor(message: string, next: string) {
    super(message);
    this.name = new.target.name;
    this.next = next;
  }
}

/** Whether trying again later may help (OPENCLAW-15): no answer, too many requests, a server's failure. */
export function isTransient(error: unknown): boolean {
  return error instanceof Unreachable;
}

/** Plane knows the caller no more: its token was revoked, or its account deactivated. */
export function isTokenRefused(error: unknown): boolean {
  return error instanceof Refused && error.unknownCaller;
}
