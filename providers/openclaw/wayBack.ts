import { readFile } from "../host/file.ts";
import { type DockerHost, HostError } from "../host/run.ts";
import { writeConfiguration } from "./configurationFile.ts";
import { type ContainerSpec, type Inspected, ownerOf } from "./container.ts";
import { RESTART } from "./hardening.ts";
import { untilHealthy, withinSeconds } from "./health.ts";
import { restoreState } from "./restore.ts";
import { listSaved, type SavedRelease, type Where } from "./saved.ts";
import { isUnchangedSince } from "./stateFolder.ts";
import { settle, startAgain } from "./succession.ts";
import { looksWhole } from "./verify.ts";
import { noteWriter, type Writer } from "./writer.ts";

/** What a release that fails goes back to, and how far it has come. */
export interface WayBack {
  host: DockerHost;
  where: Where;
  spec: ContainerSpec;
  configurationFile: string;
  /** Stopped, under its name; undefined before the first install. */
  previous?: { version: string; container: Inspected };
  /** Text of openclaw.json as the previous one had it. */
  configuration?: string;
  /** The state as the previous one left it, or one that was gone before. */
  backup?: SavedRelease;
  /** What the release has changed so far. */
  touched: { configuration: boolean; state: boolean };
}

/**
 * Goes back: the failed container is removed, configuration and state are put back, and what ran before runs again.
 * @returns what became of it, for a person.
 * @throws HostError with what is where and the commands, when that fails too.
 */
export async function goBack(way: WayBack): Promise<string> {
  const { host, spec, where, previous, configuration, backup, touched, configurationFile } = way;
  try {
    await settle(host, spec.name, ownerOf(spec));
    if (previous === undefined && backup === undefined)
      return "Nothing ran before, so nothing runs now; configuration and state are kept for the next attempt.";
    if (touched.configuration && configuration !== undefined)
      await writeConfiguration(host, configurationFile, where.owner, configuration);
    const said = [
      previous
        ? `OpenClaw ${previous.version} runs again, with its own configuration`
        : `Nothing ran before, so nothing runs now; there is the configuration that OpenClaw ${backup?.version} left`,
    ];
    if (touched.state && backup !== undefined) {
      const kept = await restoreState(host, where, backup, { discard: true });
      said.push(` and its state from ${backup.state.file}`);
      if (kept !== undefined)
        said.push(`; what the failed one left of the state is in ${kept} until the next restore`);
    } else said.push(" and the state as it is");
    if (touched.state) await noteWriter(host, where, writerBefore(way));
    if (previous === undefined) return `${said.join("")}.`;
    await startAgain(host, spec.name, await restartOf(host, previous.container, backup));
    await untilHealthy(host, spec.name, withinSeconds(spec.health));
    return `${said.join("")}.`;
  } catch (error) {
    throw new HostError(`${(error as Error).message}\n${byHand(way)}`);
  }
}

/**
 * The archive, in its full length, of what a stopped container left: the first that was made since it ended, for a later
 * one has what a killed attempt wrote. A clock would not tell which that is: the host has its own.
 */
export async function savedOf(
  host: DockerHost,
  where: Where,
  { Id, State }: Inspected,
): Promise<SavedRelease | undefined> {
  if (State.Running) return undefined;
  for (const saved of (await listSaved(host, where.releases)).toReversed()) {
    const then = await savedContainer(host, saved);
    const hasRunSince = then?.Id !== Id || then.State.StartedAt !== State.StartedAt;
    if (!hasRunSince && (await looksWhole(host, saved))) return saved;
  }
  return undefined;
}

/** Whether a saved release holds, in full, the present state, which a gateway that is gone has left. */
export async function holdsLeft(host: DockerHost, where: Where, saved: SavedRelease): Promise<boolean> {
  if ((await readFile(host, saved.container))?.trim() !== "[]") return false;
  return (await looksWhole(host, saved)) && (await isUnchangedSince(host, where, saved));
}

function writerBefore({ previous, backup }: WayBack): Writer {
  if (previous === undefined) return backup as SavedRelease;
  const { version, container } = previous;
  return { version, image: container.Config.Image, imageId: container.Image };
}

/** Setting it aside took its own policy from it; a killed run may have done so before. */
async function restartOf(
  host: DockerHost,
  { HostConfig }: Inspected,
  backup?: SavedRelease,
): Promise<string> {
  const { Name } = HostConfig.RestartPolicy;
  if (Name !== "no") return Name;
  const then = backup === undefined ? undefined : await savedContainer(host, backup);
  return then?.HostConfig.RestartPolicy.Name ?? RESTART;
}

async function savedContainer(host: DockerHost, { container }: SavedRelease): Promise<Inspected | undefined> {
  const text = await readFile(host, container);
  return text === undefined ? undefined : (JSON.parse(text) as Inspected[])[0];
}

function byHand({ spec, where, previous, backup, touched }: WayBack): string {
  const state =
    touched.state && backup !== undefined
      ? `The state that belongs to it is in ${backup.state.file} (npm run openclaw -- restore ${backup.name}). `
      : "The state was not changed. ";
  if (previous === undefined)
    return `Putting back what was there failed too. ${state}When the cause is mended: pulumi up --refresh`;
  return (
    `Going back failed too, so no gateway runs. The container from before is ${spec.name}, stopped. ${state}` +
    `Its configuration is ${where.configFile}. When the cause is mended: pulumi up --refresh, or by hand: docker start ${spec.name}`
  );
}
