import type { dynamic } from "@pulumi/pulumi";
import { changedInputs } from "../difference.ts";
import { type DockerHost, placeOf } from "../host/run.ts";
import { inspectContainer } from "./container.ts";
import { findGateway, versionOf } from "./gateway.ts";
import { pruneSaved } from "./prune.ts";
import { copyForBackup, saveLeft, saveRelease } from "./save.ts";
import { listSaved, type SavedRelease, sizesOf, type Where } from "./saved.ts";
import { looksWhole } from "./verify.ts";
import { holdsLeft, savedOf } from "./wayBack.ts";
import { writerOf } from "./writer.ts";

/** What the preflight found running. */
export interface Running {
  version: string;
  imageId: string;
  /** Whether its container is of this stack. */
  ours: boolean;
}

export interface BackupInputs {
  host: DockerHost;
  where: Where;
  /** Null when there is no container. */
  running: Running | null;
  /** When there is none: the version that wrote the state that is there, or `unknown`; null when there is no state. */
  left: string | null;
  /** The version that follows. */
  wanted: string;
  /** See SaveOptions. */
  date?: string;
  /** How many releases are kept, beside those that are needed to go back. */
  keep: number;
}

export interface BackupOutputs extends BackupInputs {
  /** What was saved last, before a release; null when nothing ever had to be. */
  saved: SavedRelease | null;
}

/** What counts as a change by itself; of what runs it depends ({@link isDue}). */
const PLAIN = ["host", "where", "wanted", "keep"];

export async function check(_olds: unknown, news: unknown): Promise<dynamic.CheckResult> {
  return { inputs: news };
}

/** No I/O. That the wanted version runs meanwhile is what a release is for: no change. */
export async function diff(
  _id: string,
  olds: BackupOutputs,
  news: BackupInputs,
): Promise<dynamic.DiffResult> {
  const changed = changedInputs({ ...olds }, { ...news }).filter((name) => PLAIN.includes(name));
  return { changes: changed.length > 0 || isDue(news) };
}

export async function create(inputs: BackupInputs): Promise<dynamic.CreateResult> {
  return { id: `${inputs.where.container}-backup`, outs: await backup(inputs, null) };
}

/** An archive that is gone or cut short is drift: it can only be made again of what runs, so `update` says what is lost. */
export async function read(id: string, props: BackupOutputs): Promise<dynamic.ReadResult> {
  const { saved, ...inputs } = props;
  if (saved === null || (await looksWhole(props.host, saved))) return { id, props, inputs };
  const damaged = { ...inputs, wanted: "" };
  return { id, props: { ...damaged, saved }, inputs: damaged };
}

export async function update(
  _id: string,
  olds: BackupOutputs,
  news: BackupInputs,
): Promise<dynamic.UpdateResult> {
  if (olds.saved === null || (await looksWhole(news.host, olds.saved)))
    return { outs: await backup(news, olds.saved) };
  // Shown among the run's diagnostics.
  console.log(
    `The saved release ${olds.saved.name} (OpenClaw ${olds.saved.version}) on ${placeOf(news.host)} is gone or damaged, ` +
      "so there is no way back to it. What is there: npm run openclaw -- list; save what runs: npm run openclaw -- backup",
  );
  return { outs: await backup(news, null) };
}

/** The archives stay: they are what one goes back to. */
async function remove(): Promise<void> {}

export { remove as delete };

/** Whether what runs is about to be replaced by another version, or by a container of ours; or another finds its state. */
function isDue({ running, left, wanted }: BackupInputs): boolean {
  if (running === null) return left !== null && left !== wanted;
  return running.version !== wanted || !running.ours;
}

/** Saves what runs, where a release is going to replace it, and leaves it stopped for that. */
async function backup(inputs: BackupInputs, former: SavedRelease | null): Promise<BackupOutputs> {
  const { host, where, date } = inputs;
  const gateway = await findGateway(host, where.container);
  if (gateway === undefined) return { ...inputs, saved: (await backupLeft(inputs)) ?? former };
  const version = await versionOf(host, gateway);
  // A killed release may have replaced the container since the preflight: then that one is of ours, and not due.
  if (!isDue({ ...inputs, running: inputs.running && { ...inputs.running, version } }))
    return { ...inputs, saved: former };

  const started = Date.now();
  // A killed run may have saved this very container. What a killed release wrote since does not belong to it.
  const container = await inspectContainer(host, where.container);
  const again = container && (await savedOf(host, where, container));
  if (again) {
    await copyForBackup(host, where, again);
    return { ...inputs, saved: again };
  }
  const saved = await saveRelease(host, where, { ...(date ? { date } : {}), leaveStopped: true });
  await conclude(inputs, saved, started);
  return { ...inputs, saved };
}

/**
 * Saves what a gateway that is gone has left, where another version is about to find it (OPENCLAW-UPG-10). One that a
 * failed release put back, or that a killed run saved, is not saved again.
 */
async function backupLeft({ host, where, date, ...others }: BackupInputs): Promise<SavedRelease | undefined> {
  const started = Date.now();
  const writer = await writerOf(host, where);
  if (writer === undefined || writer.version === others.wanted) return undefined;
  for (const saved of await listSaved(host, where.releases))
    if (await holdsLeft(host, where, saved)) {
      await copyForBackup(host, where, saved);
      return saved;
    }
  const saved = await saveLeft(host, where, writer, date);
  await conclude({ host, where, ...others }, saved, started);
  return saved;
}

/** Lets go of what is too old, and says what was done. */
async function conclude(
  { host, where, wanted, keep }: BackupInputs,
  saved: SavedRelease,
  started: number,
): Promise<void> {
  const pruned = await pruneSaved(host, where.releases, keep, [saved.version, wanted]);
  const seconds = Math.round((Date.now() - started) / 1000);
  console.log(
    `OpenClaw ${saved.version} is saved as ${saved.name}: ${sizesOf(saved)}, in ${seconds} s` +
      `${pruned.length > 0 ? `; removed, for they were too many: ${pruned.join(", ")}` : ""}`,
  );
}
