import type { SavedRelease } from "../../providers/openclaw/saved.ts";
import { compareVersions, readsStateOf } from "./version.ts";

/** What an update is going to do, as preview knows it. */
export interface ReleasePlan {
  /** Name of the gateway's container. */
  container: string;
  /** What has that name now; `ours`: this stack made it. */
  running?: { version: string; image: string; ours: boolean };
  wanted: { version: string; image: string };
  /** When nothing runs and there is state: the version that wrote it, or `unknown`. */
  left?: string;
  /** Whether the present state stays, or one from an archive takes its place. */
  state: "keep" | "restore";
  /** The archive that is restored, or that could be. */
  restoreFrom?: SavedRelease;
  /** Version that wrote the present state. */
  stateWrittenBy?: string;
  /** What changes while the version stays: lines of `differences`. */
  differences: string[];
  /** Sentences of {@link breakingChanges}. */
  breaking: string[];
  /** Where the backup will go. */
  saved?: { folder: string; tag: string; copy: string };
  scan: "trivy" | "absent";
  /** Whether new critical findings stop it. */
  gate: boolean;
  /** Whether the gateway gets Docker, for its agents' sandboxes. */
  socket: boolean;
  seccomp: "default" | "profile";
  /** Whether a model is configured, so that a spawn can be tried. */
  spawn: boolean;
}

/** The plan as a person would explain it: what runs, what will run, what is saved where, what changes, what if it fails. */
export function explainRelease(plan: ReleasePlan): string {
  const { running, wanted } = plan;
  if (running?.ours && running.version === wanted.version) return staying(plan);
  const parts: [string, string[]][] = [
    ["Runs now", running ? [`${running.image}, version ${running.version}${ownership(plan)}`] : ["nothing"]],
    ["Will run", [`${wanted.image}, version ${wanted.version}`]],
    ["Scan", scan(plan)],
    ["Saved", saving(plan)],
    ["State", stateOf(plan)],
    ["Changes", changes(plan)],
    ["Isolation", isolation(plan)],
    ["Smoke test", smoke(plan)],
    ["If it fails", failure(plan)],
  ];
  return [
    `${title(plan)}.`,
    ...parts.flatMap(([name, lines]) =>
      lines.map((line, index) => `  ${(index === 0 ? name : "").padEnd(12)}${line}`),
    ),
  ].join("\n");
}

/** The same version: nothing to save, and a new container only when something of it becomes another. */
function staying({ wanted, container, differences }: ReleasePlan): string {
  const stays = `OpenClaw ${wanted.version} runs in ${container}, and stays`;
  if (differences.length === 0) return `${stays}: no other version is wanted, nothing is saved.`;
  return [
    `${stays}; its container is made again and tested, on the state as it is. What changes:`,
    ...differences.map((difference) => `  - ${difference}`),
    "  If it fails, the container from before runs again, with its own configuration.",
  ].join("\n");
}

function title({ running, left, wanted, container }: ReleasePlan): string {
  if (!running && left !== undefined)
    return `OpenClaw ${wanted.version} is installed as ${container}, on the state that ${writerIn(left)} left`;
  if (!running) return `OpenClaw ${wanted.version} is installed for the first time, as ${container}`;
  const direction = compareVersions(running.version, wanted.version);
  const move =
    direction === 0
      ? `stays at ${wanted.version}`
      : isKnown(running.version)
        ? `goes ${direction < 0 ? "up" : "back"} from ${running.version} to ${wanted.version}`
        : `goes from a version that is not known to ${wanted.version}`;
  return running.ours
    ? `OpenClaw ${move}`
    : `OpenClaw is taken over: ${container} becomes this stack's, and ${move}`;
}

function ownership({ running, container }: ReleasePlan): string {
  return running?.ours === false ? `: ${container}, which something else than this stack made` : "";
}

function saving({ running, left, saved }: ReleasePlan): string[] {
  if (!running && left === undefined) return ["nothing: no gateway runs"];
  if (!saved) return ["nothing"];
  if (!running)
    return [
      "before anything starts, and read back:",
      `- state and configuration that ${writerIn(left ?? "")} left${isKnown(left ?? "") ? ", and its image where the host has that still" : ""}: in ${saved.folder}`,
      `- a copy of the state for Zerobyte, for 3 days: ${saved.copy}`,
    ];
  return [
    "before anything is replaced, with the gateway stopped, and read back:",
    `- image, state, configuration and container in ${saved.folder}`,
    `- the image's tag ${saved.tag}, for people: the archive is what counts`,
    `- a copy of the state for Zerobyte, for 3 days: ${saved.copy}`,
  ];
}

/** Both ways: what happens to the state, what else could, and what each would lose. */
function stateOf({ running, left, wanted, state, restoreFrom, stateWrittenBy }: ReleasePlan): string[] {
  const writer = stateWrittenBy ?? running?.version;
  const readable = writer === undefined || readsStateOf(wanted.version, writer);
  if (state === "restore" && restoreFrom) {
    return [
      `replaced by that of ${restoreFrom.version}, saved on ${day(restoreFrom)}: ${restoreFrom.state.file}`,
      readable
        ? "because openclaw:rollbackState says so"
        : `because ${wanted.version} is not known to read what ${writer} wrote`,
      `${SINCE} is lost to the agents, and stays in the archive that is made now`,
      ...(readable
        ? ["to keep the present one, with nothing lost: pulumi config set openclaw:rollbackState keep"]
        : []),
    ];
  }
  return [
    writer === undefined
      ? left === undefined
        ? "kept, where there is any"
        : "kept, though nobody knows which version wrote it"
      : readable
        ? `kept, with nothing lost: ${wanted.version} reads what ${writer} wrote`
        : `kept, though ${wanted.version} is not known to read what ${writer} wrote`,
    ...(restoreFrom
      ? [
          `it could be replaced by that of ${restoreFrom.version}, saved on ${day(restoreFrom)}; ${SINCE} would be lost:`,
          "pulumi config set openclaw:rollbackState restore",
        ]
      : []),
  ];
}

const SINCE = "everything since then (sessions, memories, cron jobs)";

function changes({ running, left, breaking }: ReleasePlan): string[] {
  if (!running && left === undefined) return [];
  if (!isKnown(running?.version ?? left ?? ""))
    return ["not known, because the version that was there is not"];
  return breaking.length > 0
    ? breaking.map((sentence) => `- ${sentence}`)
    : ["nothing that touches this configuration"];
}

function isolation({ socket, seccomp }: ReleasePlan): string[] {
  const profile = seccomp === "default" ? "Docker's default" : "this project's own, narrower than Docker's";
  return [
    `user 1000:1000, no new privileges, all capabilities dropped but CHOWN, SETGID and SETUID; seccomp: ${profile}`,
    socket
      ? "Docker through a proxy that lets the agents' sandboxes pass and nothing else; no command runs outside of one"
      : "no Docker socket: the agents' commands have no sandbox, and do not run",
  ];
}

function scan({ scan: by, wanted, running, gate }: ReleasePlan): string[] {
  if (by === "absent")
    return ["none: trivy is not on the Docker host, so nothing is known of this image's vulnerabilities"];
  const compared = running
    ? "compared with what runs"
    : "with nothing that runs to compare: every finding is new";
  return [
    `${wanted.image} by trivy, ${compared}`,
    ...(gate ? ["a new critical finding stops it before anything is touched (openclaw:scanGate)"] : []),
  ];
}

function smoke({ spawn }: ReleasePlan): string[] {
  return [
    "health, version, plugin and skill, every tool of Plane's, every service, owners, users of processes, logs",
    spawn
      ? "and a spawn from concierge to imhotep"
      : "no spawn from concierge to imhotep: no model is configured, so it is reported as not run",
  ];
}

function failure({ running, wanted, saved }: ReleasePlan): string[] {
  return [
    running
      ? `${running.version === wanted.version ? "what runs now" : running.version} runs again, with its own image, state and configuration`
      : saved
        ? "its container is removed, and state and configuration are put back as they are now"
        : "its container is removed, and its state stays",
    "pulumi up fails with what was seen; the next one tries again",
  ];
}

function writerIn(left: string): string {
  return isKnown(left) ? `OpenClaw ${left}` : "a version that is not known";
}

function isKnown(version: string): boolean {
  return /^\d/.test(version);
}

function day({ createdAt }: SavedRelease): string {
  return `${createdAt.slice(0, 10)} at ${createdAt.slice(11, 16)} UTC`;
}
