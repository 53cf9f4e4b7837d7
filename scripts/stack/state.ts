import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { type Paths, projectName, stackName } from "../setup/paths.ts";
import { Problem } from "../setup/problem.ts";
import { stackFile } from "../setup/workspace.ts";

/** A lock on the stack, as the engine wrote it. */
export interface StackLock {
  pid: number;
  hostname: string;
  /** ISO time. */
  timestamp: string;
}

/** A create, update or delete that the engine had begun when it died. */
export interface PendingOperation {
  /** For instance `creating`. */
  type: string;
  urn: string;
  /** Type token of the resource. */
  resourceType: string;
  /** The name that the resource was to have, when its inputs say one. */
  name?: string;
}

/** The locks that lie on a stack of this checkout's backend, the local one by default. Unreadable ones have pid 0. */
export function stackLocks(paths: Paths, stack = stackName): StackLock[] {
  const folder = path.join(paths.state, ".pulumi", "locks", "organization", projectName, stack);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith(".json"))
    .map((name) => {
      try {
        return parseLock(readFileSync(path.join(folder, name), "utf8"));
      } catch {
        return { pid: 0, hostname: "", timestamp: "" };
      }
    });
}

/** Reads the text of a lock. */
export function parseLock(text: string): StackLock {
  const found = JSON.parse(text) as Partial<StackLock>;
  return {
    pid: Number(found.pid) || 0,
    hostname: String(found.hostname ?? ""),
    timestamp: String(found.timestamp ?? ""),
  };
}

/** What the state file says without asking the engine. */
export interface StackState {
  pending: PendingOperation[];
  /** Number of resources, the stack itself and the providers aside. */
  resources: number;
  /** ISO time of the last change of the state, empty when there was none. */
  updated: string;
  /** The stack output `planeUrl`. */
  planeUrl?: string;
}

/** Reads the state of the local stack; undefined when there is none. Throws a Problem when it is damaged. */
export function readState(paths: Paths): StackState | undefined {
  const file = stackFile(paths);
  if (!existsSync(file)) return undefined;
  try {
    return parseState(readFileSync(file, "utf8"));
  } catch {
    throw new Problem(
      `The state of the stack cannot be read: ${file} is no JSON document.\n` +
        `The state before the last change is beside it: cp ${file}.bak ${file} && npm start\n` +
        "Or remove everything and start afresh: npm run down && npm start",
    );
  }
}

interface RawResource {
  urn: string;
  type: string;
  inputs?: Record<string, unknown>;
  outputs?: Record<string, unknown>;
}

/** Reads the text of a state file. */
export function parseState(text: string): StackState {
  const { latest } = (JSON.parse(text) as { checkpoint: { latest?: Record<string, unknown> | null } })
    .checkpoint;
  const resources = (latest?.resources ?? []) as RawResource[];
  const pending = (latest?.pending_operations ?? []) as { type: string; resource: RawResource }[];
  const own = resources.filter(
    ({ type }) => type !== "pulumi:pulumi:Stack" && !type.startsWith("pulumi:providers:"),
  );
  const planeUrl = resources.find(({ type }) => type === "pulumi:pulumi:Stack")?.outputs?.planeUrl;
  return {
    ...(typeof planeUrl === "string" ? { planeUrl } : {}),
    pending: pending.map(({ type, resource }) => {
      const name = resource.inputs?.name;
      return {
        type,
        urn: resource.urn,
        resourceType: resource.type,
        ...(typeof name === "string" ? { name } : {}),
      };
    }),
    resources: own.length,
    updated: String((latest?.manifest as { time?: string } | undefined)?.time ?? ""),
  };
}
