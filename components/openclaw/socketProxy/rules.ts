/** What the gateway may ask Docker for: tool sandboxes of this kind, and nothing else. */
export interface SandboxRules {
  /** Names of sandboxes begin with this: `openclaw-sbx-`. */
  prefix: string;
  /** Of every sandbox. */
  image: string;
  /** The one network that a sandbox may be on. */
  network: string;
  /** Folder of the host whose sub-folders are the sandboxes' workspaces. */
  workspaces: string;
  /** `uid:gid` that its commands run as. */
  user: string;
  /** Bytes; swap is not added to it. */
  memory: number;
  /** In CPUs: 0.25. */
  cpus: number;
  pids: number;
}

/** A request as it came. */
export interface Call {
  method: string;
  /** With the query. */
  url: string;
  body: string;
}

/** A call that Docker may see. */
export interface Permitted {
  /** Written anew from what was understood, so that Docker cannot read it differently. */
  body?: string;
  /** The connection becomes the command's standard input and output. */
  hijack?: boolean;
}

/** Why a call does not pass; the message is for the person who reads the gateway's log. */
export class Refused extends Error {}

type Check = (value: unknown) => boolean;

interface Shape {
  /** Without one of these the sandbox would have more. */
  required: Record<string, Check>;
  /** As the required ones, with members of their own. */
  nested?: Record<string, Shape>;
  optional: Record<string, Check>;
}

/**
 * Lets through the calls that OpenClaw 2026.2.23 and .26 make for a tool sandbox: `docker inspect | image inspect |
 * create | start | exec | rm -f`, as the packages of both have them, and only on sandboxes by name.
 *
 * What it cannot see: Docker follows a workspace that the gateway has replaced by a symbolic link. What such a sandbox
 * reaches is what {@link SandboxRules.user} may without capabilities, which is why no other user passes.
 * @throws Refused
 */
export function permitted({ method, url, body }: Call, rules: SandboxRules): Permitted {
  const name = `${escaped(rules.prefix)}[A-Za-z0-9_.-]+`;
  const is = (wanted: string, path: string): boolean =>
    // The engine of 2020 speaks 1.41; below 1.24 a start took settings of the container along.
    method === wanted && new RegExp(`^(?:/v1\\.[4-9][0-9])?${path}$`).test(url);
  if (is("POST", `/containers/create\\?name=${name}`)) return { body: rewritten(body, sandbox(rules)) };
  if (is("POST", `/containers/${name}/exec`)) return { body: rewritten(body, COMMAND) };
  if (is("POST", "/exec/[0-9a-f]{64}/start")) return { body: rewritten(body, START), hijack: true };
  const plain =
    is("HEAD", "/_ping") ||
    is("GET", "/_ping") ||
    is("GET", `/images/${escaped(rules.image)}/json`) ||
    is("GET", `/containers/${name}/json`) ||
    is("GET", "/exec/[0-9a-f]{64}/json") ||
    is("POST", `/containers/${name}/start`) ||
    is("POST", "/exec/[0-9a-f]{64}/resize\\?h=[0-9]+&w=[0-9]+") ||
    is("DELETE", `/containers/${name}(?:\\?force=1)?`);
  if (!plain || body !== "") throw new Refused("tool sandboxes do not need this call");
  return {};
}

function sandbox({ image, network, workspaces, user, memory, cpus, pids }: SandboxRules): Shape {
  const workspace = new RegExp(`^${escaped(workspaces)}/[a-z0-9][a-z0-9._-]*:/workspace$`);
  const host: Shape = {
    required: {
      Binds: (value) => areStrings(value) && value.length === 1 && workspace.test(value[0] ?? ""),
      CapDrop: exactly(["ALL"]),
      Memory: exactly(memory),
      MemorySwap: exactly(memory),
      NanoCpus: exactly(Math.round(cpus * 1e9)),
      NetworkMode: exactly(network),
      PidsLimit: exactly(pids),
      ReadonlyRootfs: exactly(true),
      SecurityOpt: exactly(["no-new-privileges"]),
    },
    optional: {
      MemorySwappiness: exactly(-1),
      RestartPolicy: exactly({ Name: "no", MaximumRetryCount: 0 }),
      Tmpfs: (value) => isObject(value) && Object.values(value).every(exactly("")),
    },
  };
  return {
    required: { Image: exactly(image), User: exactly(user) },
    nested: { HostConfig: host },
    optional: {
      AttachStderr: isBoolean,
      AttachStdout: isBoolean,
      Cmd: exactly(["sleep", "infinity"]),
      Env: areStrings,
      // No label of the platform's own.
      Labels: (value) => isObject(value) && Object.keys(value).every((key) => key.startsWith("openclaw.")),
      WorkingDir: exactly("/workspace"),
    },
  };
}

/** What runs in a sandbox is the agent's business, as whom is not. */
const COMMAND: Shape = {
  required: { Cmd: areStrings },
  optional: {
    AttachStderr: isBoolean,
    AttachStdin: isBoolean,
    AttachStdout: isBoolean,
    ConsoleSize: isSize,
    Env: areStrings,
    Tty: isBoolean,
    WorkingDir: isString,
  },
};

const START: Shape = { required: {}, optional: { ConsoleSize: isSize, Tty: isBoolean } };

function rewritten(body: string, shape: Shape): string {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    throw new Refused("the body is no JSON");
  }
  return JSON.stringify(reshaped("", value, shape));
}

/** The members that the shape knows; what else is there has to say nothing, and is left out. */
function reshaped(path: string, value: unknown, shape: Shape): Record<string, unknown> {
  if (!isObject(value)) throw new Refused(`${path || "the body"} is no object`);
  const at = (key: string): string => (path ? `${path}.${key}` : key);
  const { required, nested = {}, optional } = shape;
  const missing = Object.keys({ ...required, ...nested }).find((key) => !Object.hasOwn(value, key));
  if (missing !== undefined) throw new Refused(`${at(missing)} is missing`);
  const kept: [string, unknown][] = [];
  for (const [key, member] of Object.entries(value)) {
    const below = own(nested, key);
    const needed = own(required, key);
    if (below !== undefined) kept.push([key, reshaped(at(key), member, below)]);
    else if ((needed ?? own(optional, key))?.(member)) kept.push([key, member]);
    else if (needed !== undefined || !saysNothing(member)) {
      throw new Refused(`${at(key)} may not be ${JSON.stringify(member).slice(0, 200)}`);
    }
  }
  return Object.fromEntries(kept);
}

function own<T>(members: Record<string, T>, key: string): T | undefined {
  return Object.hasOwn(members, key) ? members[key] : undefined;
}

/** The docker client sends every member that it knows, most of them like this. */
function saysNothing(value: unknown): boolean {
  if (typeof value === "object" && value !== null) return Object.values(value).every(saysNothing);
  return value === null || value === false || value === 0 || value === "";
}

function exactly(wanted: unknown): Check {
  return (value) => JSON.stringify(value) === JSON.stringify(wanted);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function areStrings(value: unknown): value is string[] {
  return Array.isArray(value) && value.every(isString);
}

function isString(value: unknown): boolean {
  return typeof value === "string";
}

function isBoolean(value: unknown): boolean {
  return typeof value === "boolean";
}

function isSize(value: unknown): boolean {
  return Array.isArray(value) && value.length === 2 && value.every(Number.isInteger);
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}
