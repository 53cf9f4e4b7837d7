import type { dynamic } from "@pulumi/pulumi";
import { difference } from "../difference.ts";
import { type DockerHost, HostError, lastLines, placeOf, run, runOrThrow } from "../host/run.ts";
import { shellWords } from "../host/shell.ts";

/** Network name to the aliases that the container answers to there, sorted. */
export type Attachments = Record<string, string[]>;

/**
 * What the official docker plugin does not see of containers that exist (contracts/pulumi): the networks they are
 * on, and their aliases.
 */
export interface WiringInputs {
  host: DockerHost;
  containers: Record<string, Attachments>;
}

export async function check(_olds: unknown, news: unknown): Promise<dynamic.CheckResult> {
  return { inputs: news };
}

export async function diff(_id: string, olds: WiringInputs, news: WiringInputs): Promise<dynamic.DiffResult> {
  return difference({ ...olds }, { ...news });
}

export async function create(inputs: WiringInputs): Promise<dynamic.CreateResult> {
  await mend(inputs, await look(inputs));
  return { id: "wiring", outs: inputs };
}

export async function read(id: string, props: WiringInputs): Promise<dynamic.ReadResult> {
  const actual = await look(props);
  return { id, props: actual, inputs: actual };
}

export async function update(
  _id: string,
  _olds: WiringInputs,
  news: WiringInputs,
): Promise<dynamic.UpdateResult> {
  await mend(news, await look(news));
  return { outs: news };
}

/** Nothing of its own: attachments go with the containers. */
async function remove(): Promise<void> {}

export { remove as delete };

/** The inputs as they are in reality, read by one script. A missing container counts as wired: it is the docker provider's to see. */
async function look(inputs: WiringInputs): Promise<WiringInputs> {
  const names = Object.keys(inputs.containers);
  const inspect = `docker container inspect --format '{{.Name}} {{json .NetworkSettings.Networks}}' -- ${shellWords(names)}`;
  const outcome = await run(inputs.host, names.length > 0 ? inspect : ":");
  const unexpected = outcome.stderr
    .split("\n")
    .filter((line) => line.trim() && !/No such (container|object)/.test(line));
  if (unexpected.length > 0)
    throw new HostError(
      `inspecting containers failed on ${placeOf(inputs.host)}: ${lastLines(unexpected.join("\n"), 3)}`,
    );

  const lines = outcome.stdout.split("\n");
  const attached = new Map(
    lines
      .filter((line) => line.startsWith("/"))
      .map((line) => {
        const [name = "", ...rest] = line.slice(1).split(" ");
        return [name, JSON.parse(rest.join(" ")) as Record<string, { Aliases: string[] | null }>];
      }),
  );
  return {
    ...inputs,
    containers: Object.fromEntries(
      names.map((name) => [name, present(inputs.containers[name] ?? {}, attached.get(name))]),
    ),
  };
}

/** Of what is wanted, the part that is there. What else a container is attached to is not ours to judge. */
function present(wanted: Attachments, actual?: Record<string, { Aliases: string[] | null }>): Attachments {
  if (!actual) return wanted;
  return Object.fromEntries(
    Object.entries(wanted).flatMap(([network, aliases]) => {
      const there = actual[network];
      return there ? [[network, aliases.filter((alias) => there.Aliases?.includes(alias))]] : [];
    }),
  );
}

async function mend(wanted: WiringInputs, actual: WiringInputs): Promise<void> {
  const commands: string[] = [];
  for (const [container, networks] of Object.entries(wanted.containers)) {
    for (const [network, aliases] of Object.entries(networks)) {
      const there = actual.containers[container]?.[network];
      if (there?.length === aliases.length) continue;
      const flags = aliases.flatMap((alias) => ["--alias", alias]);
      if (there) commands.push(`docker network disconnect -f ${shellWords([network, container])}`);
      commands.push(`docker network connect ${shellWords([...flags, network, container])}`);
    }
  }
  if (commands.length > 0)
    await runOrThrow(wanted.host, "reconnecting containers", `set -e\n${commands.join("\n")}`);
}
