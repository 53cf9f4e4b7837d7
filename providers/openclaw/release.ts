import { isDeepStrictEqual } from "node:util";
import type { dynamic } from "@pulumi/pulumi";
import { changedInputs, difference } from "../difference.ts";
import { readFile } from "../host/file.ts";
import { type DockerHost, HostError, run, runOrThrow } from "../host/run.ts";
import { shellQuote } from "../host/shell.ts";
import { writeConfiguration } from "./configurationFile.ts";
import {
  type ContainerSpec,
  createScript,
  environmentAsFound,
  environmentFile,
  type Inspected,
  inspectContainer,
  OWNER_LABEL,
  ownerOf,
  specAsFound,
} from "./container.ts";
import { evidenceOf, redacted } from "./evidence.ts";
import { type Folder, prepareFolders } from "./folders.ts";
import { findGateway, VERSION_LABEL, versionOf } from "./gateway.ts";
import { type Hardening, hardeningAsFound, hardeningOf } from "./hardening.ts";
import { untilHealthy, withinSeconds } from "./health.ts";
import { bringImage } from "./image.ts";
import { restoreImage, restoreState } from "./restore.ts";
import { saveRelease } from "./save.ts";
import { listSaved, type SavedRelease, type Where } from "./saved.ts";
import { type SmokeReport, type SmokeSpec, smoke, smokeText } from "./smoke/index.ts";
import { isUnchangedSince, settleState } from "./stateFolder.ts";
import { dropReplaced, handOver, nextName, setAside, settle } from "./succession.ts";
import { goBack, holdsLeft, savedOf, type WayBack } from "./wayBack.ts";
import { noteWriter } from "./writer.ts";

/** One OpenClaw that runs: image, configuration and state that belong together. */
export interface ReleaseInputs {
  host: DockerHost;
  spec: ContainerSpec;
  /** Secret. */
  environment: Record<string, string>;
  version: string;
  /** Secret: the text of openclaw.json. */
  configuration: string;
  /** Where that text goes on the host. */
  configurationFile: string;
  /** What is mounted, and is made when it is missing. */
  folders: Folder[];
  where: Where;
  /** Whether the version finds the state as it is, or one that an earlier release left. */
  rollbackState: "keep" | "restore";
  /** Name of the release whose state it is then. */
  restoreFrom?: string;
  /** What was saved right before. Another one than before means that the gateway was stopped for it. */
  backup: SavedRelease | null;
  /** Replace a container of this name that is not of this stack. */
  adopt: boolean;
  /** The names of the gateway's tool sandboxes begin with this; they go with the gateway. */
  sandboxes: string;
  smoke: SmokeSpec;
}

/** What is compared, too: the gateway runs. Added by {@link check}, so that a stopped or missing one is drift. */
type Gateway = "running" | "stopped" | "missing" | "somebody else's";

interface CheckedInputs extends ReleaseInputs {
  gateway: Gateway;
  /** And how it is held; absent in a state that was written before this was compared. */
  hardening?: Hardening;
}

export interface ReleaseOutputs extends CheckedInputs {
  containerId: string;
  imageId: string;
  /** The version that runs. */
  runs: string;
  report: SmokeReport;
  /** By step. */
  seconds: Record<string, number>;
}

/** What a gateway is made of; another value of one of these takes another container. */
const MADE_OF = [
  "host",
  "spec",
  "environment",
  "version",
  "configuration",
  "configurationFile",
  "folders",
  "gateway",
  "hardening",
] as const;

export async function check(_olds: unknown, news: ReleaseInputs): Promise<dynamic.CheckResult> {
  return { inputs: { ...news, gateway: "running", hardening: hardeningOf(news.spec) } };
}

export async function diff(
  _id: string,
  olds: ReleaseOutputs,
  news: CheckedInputs,
): Promise<dynamic.DiffResult> {
  const result = difference(compared(olds), compared(news));
  return olds.spec.name === news.spec.name ? result : { ...result, changes: true, replaces: ["spec"] };
}

/** A first install that fails leaves no container; a takeover that fails leaves what was there. */
export async function create(inputs: CheckedInputs): Promise<dynamic.CreateResult> {
  return { id: inputs.spec.name, outs: await release(undefined, inputs) };
}

/** What was changed by hand is drift; a container that is gone too, for the way back needs to know what ran. */
export async function read(id: string, props: ReleaseOutputs): Promise<dynamic.ReadResult> {
  const { containerId: _, imageId, runs: __, report: ___, seconds: ____, ...inputs } = props;
  const { host, spec, environment, configurationFile } = inputs;
  const found = await inspectContainer(host, spec.name);
  const gateway = gatewayOf(spec, found);
  const actual: CheckedInputs = {
    ...inputs,
    gateway,
    configuration: (await readFile(host, configurationFile)) ?? "",
    ...(found && gateway !== "somebody else's"
      ? {
          spec: specAsFound(spec, imageId, found),
          ...hardeningIn(inputs, found),
          environment: environmentAsFound(environment, found),
          version: found.Config.Labels?.[VERSION_LABEL] ?? "",
        }
      : {}),
  };
  return { id, props: { ...props, ...actual }, inputs: actual };
}

/**
 * Replaces, tests, and goes back when that fails: then it throws, so that the state goes on saying what runs.
 * Killed at any point, the next one converges.
 */
export async function update(
  _id: string,
  olds: ReleaseOutputs,
  news: CheckedInputs,
): Promise<dynamic.UpdateResult> {
  return { outs: await release(olds, news) };
}

/** The container and its sandboxes go; configuration and state stay (`openclaw:enabled false`). */
async function remove(_id: string, { host, spec, sandboxes }: ReleaseOutputs): Promise<void> {
  await settle(host, spec.name, ownerOf(spec));
  const ours = `--filter ${shellQuote(`label=${OWNER_LABEL}=${ownerOf(spec)}`)}`;
  const script = [
    `docker ps --all --quiet --filter ${shellQuote(`name=^/${spec.name}$`)} ${ours} | xargs -r docker rm --force > /dev/null`,
    `docker ps --all --quiet --filter ${shellQuote(`name=^/${sandboxes}`)} | xargs -r docker rm --force > /dev/null`,
  ];
  await runOrThrow(host, `removing ${spec.name}`, `set -e\n${script.join("\n")}`);
}

export { remove as delete };

async function release(known: ReleaseOutputs | undefined, wanted: CheckedInputs): Promise<ReleaseOutputs> {
  const { host, spec } = wanted;
  await settle(host, spec.name, ownerOf(spec));
  await settleState(host, wanted.where);
  const there = await inspectContainer(host, spec.name);
  requireAdoption(wanted, there);
  if (known && isAsWanted(known, wanted, there)) return { ...known, ...wanted };
  const way = await wayBackOf(wanted, known, there ?? (known && (await remade(known))));
  const clock = new Clock();
  try {
    const imageId = await clock.time("image", () => bringImage(host, spec.image, wanted.where.releases));
    await clock.time("stop", () => quiet(way, wanted));
    const report = await replace(way, wanted, imageId, clock);
    await handOver(host, spec.name);
    await dropReplaced(host, spec.name);
    const made = await inspectContainer(host, spec.name);
    const outs = { ...wanted, containerId: made?.Id ?? "", imageId, runs: wanted.version, report };
    // Shown among the run's diagnostics.
    console.log(`OpenClaw ${wanted.version} runs (${clock.text()})\n${smokeText(report)}`);
    return { ...outs, seconds: clock.seconds };
  } catch (error) {
    throw await failure(way, wanted, error as Error);
  }
}

/** Stops what runs, and has its state saved where that is about to change hands and no archive has it yet. */
async function quiet(
  way: WayBack,
  { host, where, spec, version, configurationFile, backup }: CheckedInputs,
): Promise<void> {
  const { previous } = way;
  if (previous === undefined) {
    if (backup === null || !(await holdsLeft(host, where, backup))) return;
    way.backup = backup;
    way.configuration = await readFile(host, backup.configuration?.file ?? configurationFile);
    return;
  }
  await setAside(host, spec.name);
  const stopped = (await inspectContainer(host, spec.name)) ?? previous.container;
  way.backup = await savedOf(host, where, stopped);
  if (way.backup !== undefined) await undoState(host, where, way.backup);
  else if (previous.version !== version || !isOurs(spec, stopped))
    way.backup = await saveRelease(host, where, { leaveStopped: true });
  // A killed attempt may have left its own text in the file: what state or archive have is older.
  way.configuration ??= await readFile(host, way.backup?.configuration?.file ?? configurationFile);
}

/** Since the container left it, only a killed attempt can have written to the state; whatever follows starts without that. */
async function undoState(host: DockerHost, where: Where, left: SavedRelease): Promise<void> {
  if (!(await isUnchangedSince(host, where, left))) await restoreState(host, where, left, { discard: true });
}

/** Configuration, state, container, and the proof that it works. */
async function replace(
  way: WayBack,
  wanted: CheckedInputs,
  imageId: string,
  clock: Clock,
): Promise<SmokeReport> {
  const { host, where, spec, environment, configuration, configurationFile, folders } = wanted;
  const next = nextName(spec.name);
  way.touched.configuration = true;
  await writeConfiguration(host, configurationFile, where.owner, configuration);
  way.touched.state = true;
  await clock.time("state", async () => {
    await bringState(way, wanted);
    await prepareFolders(host, where.folder, where.owner, folders, spec.binds);
    await noteWriter(host, where, { version: wanted.version, image: spec.image, imageId });
  });
  await clock.time("start", async () => {
    const stdin = environmentFile(environment);
    await runOrThrow(host, `creating ${next}`, createScript(spec, next), { stdin });
    await runOrThrow(host, `starting ${next}`, `docker start ${shellQuote(next)} > /dev/null`);
    await untilHealthy(host, next, withinSeconds(spec.health));
  });
  const report = await clock.time("smoke", () => smoke(host, { ...wanted.smoke, container: next }));
  if (!report.ok) throw new HostError(`it does not pass the smoke test:\n${smokeText(report)}`);
  return report;
}

async function bringState(way: WayBack, wanted: CheckedInputs): Promise<void> {
  const { host, where, rollbackState, restoreFrom } = wanted;
  if (rollbackState === "keep") return;
  const saved = (await listSaved(host, where.releases)).find(({ name }) => name === restoreFrom);
  if (saved === undefined)
    throw new HostError(
      `there is no saved release ${restoreFrom} in ${where.releases} to restore the state from. See which there are: npm run openclaw -- list`,
    );
  const replaced = way.backup === undefined ? { discard: true as const } : { archivedAs: way.backup };
  await restoreState(host, where, saved, replaced);
}

/** Evidence first, for the way back removes what it is of. */
async function failure(way: WayBack, wanted: CheckedInputs, cause: Error): Promise<HostError> {
  const { host, spec, version, environment, configuration } = wanted;
  const evidence = await evidenceOf(host, nextName(spec.name)).catch(() => "");
  const seen = evidence === "" ? "" : `\nWhat was seen:\n${evidence}`;
  const told = redacted(
    `OpenClaw ${version} was not taken: ${cause.message}${seen}`,
    environment,
    configuration,
  );
  try {
    const back = await goBack(way);
    const stay =
      way.previous && way.previous.version !== version
        ? `; to stay: pulumi config set openclaw:version ${way.previous.version}`
        : "";
    return new HostError(
      `${told}\n${back} Next: mend the cause, then run it again: pulumi up --refresh${stay}`,
    );
  } catch (error) {
    return new HostError(`${told}\n${redacted((error as Error).message, environment, configuration)}`);
  }
}

async function wayBackOf(
  { host, where, spec, configurationFile }: CheckedInputs,
  known: ReleaseOutputs | undefined,
  container: Inspected | undefined,
): Promise<WayBack> {
  const gateway = container && (await findGateway(host, spec.name));
  return {
    host,
    where,
    spec,
    configurationFile,
    ...(gateway ? { previous: { container, version: await versionOf(host, gateway) } } : {}),
    ...(known && container && isOurs(spec, container) ? { configuration: known.configuration } : {}),
    touched: { configuration: false, state: false },
  };
}

/** What ran before, made again as it was: something to go back to. Undefined where image or networks are gone. */
async function remade({
  host,
  spec,
  imageId,
  environment,
  where,
}: ReleaseOutputs): Promise<Inspected | undefined> {
  const saved = (await listSaved(host, where.releases)).find(
    (each) => each.imageId === imageId && each.imageArchive,
  );
  if (saved !== undefined) await restoreImage(host, saved);
  const script = createScript({ ...spec, imageId }, spec.name);
  const { code } = await run(host, script, { stdin: environmentFile(environment) });
  return code === 0 ? inspectContainer(host, spec.name) : undefined;
}

/** What is as it has to be adds nothing to a state that does not have it: no refresh of such a one shows a change. */
function hardeningIn({ spec, hardening }: CheckedInputs, found: Inspected): Pick<CheckedInputs, "hardening"> {
  const actual = hardeningAsFound(found);
  return hardening === undefined && isDeepStrictEqual(actual, hardeningOf(spec)) ? {} : { hardening: actual };
}

function requireAdoption({ adopt, host, spec }: CheckedInputs, found: Inspected | undefined): void {
  if (found === undefined || isOurs(spec, found) || adopt) return;
  throw new HostError(
    `a container ${spec.name} is there that is not of this stack, and was left as it is (docker:host ${host.address}). ` +
      "To have it saved and replaced: pulumi config set platform:adopt true; else remove it",
  );
}

function isAsWanted(known: ReleaseOutputs, wanted: CheckedInputs, found: Inspected | undefined): boolean {
  const changed = changedInputs(madeOf(known), madeOf(wanted));
  return (
    changed.length === 0 && found?.Id === known.containerId && gatewayOf(wanted.spec, found) === "running"
  );
}

function isOurs(spec: ContainerSpec, found: Inspected): boolean {
  return found.Config.Labels?.[OWNER_LABEL] === ownerOf(spec);
}

function gatewayOf(spec: ContainerSpec, found: Inspected | undefined): Gateway {
  if (found === undefined) return "missing";
  if (!isOurs(spec, found)) return "somebody else's";
  return found.State.Running && !found.State.Paused ? "running" : "stopped";
}

function madeOf(inputs: CheckedInputs): Record<string, unknown> {
  const whole = { ...inputs, hardening: inputs.hardening ?? hardeningOf(inputs.spec) };
  return Object.fromEntries(MADE_OF.map((name) => [name, whole[name]]));
}

/** How a release was chosen and is tested changes nothing of one that runs. */
function compared(inputs: CheckedInputs): Record<string, unknown> {
  // Unknown in a preview that will save something: a text then, which is a name like none.
  const backup: unknown = inputs.backup;
  const name = typeof backup === "string" ? backup : ((backup as SavedRelease | null)?.name ?? "");
  return { ...madeOf(inputs), backup: name };
}

/** Seconds by step. */
class Clock {
  readonly seconds: Record<string, number> = {};

  async time<T>(step: string, work: () => Promise<T>): Promise<T> {
    const started = performance.now();
    const result = await work();
    this.seconds[step] = Math.round((performance.now() - started) / 100) / 10;
    return result;
  }

  text(): string {
    return Object.entries(this.seconds)
      .map(([step, seconds]) => `${step} ${seconds} s`)
      .join(", ");
  }
}
