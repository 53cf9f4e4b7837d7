import type { dynamic } from "@pulumi/pulumi";
import { difference } from "../difference.ts";
import { containerIsDown } from "../host/container.ts";
import { type DockerHost, HostError, runOrThrow } from "../host/run.ts";
import { shellQuote } from "../host/shell.ts";

/** Logical databases of a shared Redis in which every key carries one prefix. */
export interface NamespaceInputs {
  host: DockerHost;
  /** Name of the Redis container. */
  container: string;
  /** Secret. */
  password: string;
  /** With its colon: `plane:`. */
  prefix: string;
  /** Logical databases, 0 to 15. */
  databases: number[];
  /** Whether the namespace's keys are removed with the resource. */
  removeKeys: boolean;
}

export async function check(_olds: unknown, news: unknown): Promise<dynamic.CheckResult> {
  return { inputs: news };
}

export async function diff(
  _id: string,
  olds: NamespaceInputs,
  news: NamespaceInputs,
): Promise<dynamic.DiffResult> {
  const { host: _oldHost, password: _oldPassword, ...before } = olds;
  const { host: _newHost, password: _newPassword, ...after } = news;
  return difference(before, after);
}

/** Refuses databases that hold keys of somebody else: Plane's own start would have flushed them. */
export async function create(inputs: NamespaceInputs): Promise<dynamic.CreateResult> {
  await refuseForeignKeys(inputs);
  return { id: `${inputs.container}/${inputs.databases.join(",")}`, outs: inputs };
}

/** Keys come and go: nothing of them is state. */
export async function read(id: string, props: NamespaceInputs): Promise<dynamic.ReadResult> {
  return { id, props, inputs: props };
}

export async function update(
  _id: string,
  olds: NamespaceInputs,
  news: NamespaceInputs,
): Promise<dynamic.UpdateResult> {
  const added = news.databases.filter((database) => !olds.databases.includes(database));
  await refuseForeignKeys({ ...news, databases: added });
  return { outs: news };
}

/** Removes the namespace's own keys, and no other. */
async function remove(_id: string, props: NamespaceInputs): Promise<void> {
  if (!props.removeKeys) return;
  const pattern = shellQuote(`${props.prefix}*`);
  try {
    await redisCli(
      props,
      "removing Plane's keys",
      props.databases.map(
        (database) =>
          `redis-cli -n ${database} --scan --pattern ${pattern} | xargs -r redis-cli -n ${database} UNLINK > /dev/null`,
      ),
    );
  } catch (error) {
    if (!containerIsDown(error)) throw error;
  }
}

export { remove as delete };

async function refuseForeignKeys(inputs: NamespaceInputs): Promise<void> {
  const problem = await foreignKeys(inputs);
  if (problem) throw new HostError(problem);
}

/** What to tell a person when the databases hold keys without the prefix: up to three of each, and the way out. */
export async function foreignKeys(inputs: Omit<NamespaceInputs, "removeKeys">): Promise<string | undefined> {
  if (inputs.databases.length === 0) return undefined;
  const others = `grep -v ${shellQuote(`^${inputs.prefix}`)} | head -n 3`;
  const output = await redisCli(
    inputs,
    "looking for foreign keys",
    inputs.databases.map(
      (database) => `redis-cli -n ${database} --scan | ${others} | sed 's/^/${database}: /'`,
    ),
  );
  const found = output.split("\n").filter((line) => line !== "");
  if (found.length === 0) return undefined;
  return (
    `Redis in ${inputs.container} holds keys that are not Plane's in its databases: ${found.join(", ")}. ` +
    `Choose two empty ones: pulumi config set plane:redisDatabases '{"cache":10,"broker":11}'`
  );
}

/** The password goes in by standard input and stays in the environment: command lines are public. */
async function redisCli(
  inputs: Omit<NamespaceInputs, "removeKeys">,
  step: string,
  lines: string[],
): Promise<string> {
  const inside = [
    "IFS= read -r REDISCLI_AUTH && export REDISCLI_AUTH",
    "redis-cli ping | grep -q PONG || { redis-cli ping; exit 1; }",
    ...lines,
  ].join("\n");
  const script = `exec docker exec -i ${shellQuote(inputs.container)} sh -c ${shellQuote(inside)}`;
  return runOrThrow(inputs.host, step, script, { stdin: `${inputs.password}\n` });
}
