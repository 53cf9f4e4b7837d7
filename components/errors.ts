import { RunError } from "@pulumi/pulumi";
import { ConfigError } from "../config.ts";
import { HostError } from "../providers/host/run.ts";

/**
 * What a person did or met is told as its message alone; everything else is a defect and keeps its stack.
 * Pulumi prints a `RunError` without a stack trace.
 */
export function forPeople(error: unknown): unknown {
  return error instanceof ConfigError || error instanceof HostError ? new RunError(error.message) : error;
}
