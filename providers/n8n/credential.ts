import type { dynamic } from "@pulumi/pulumi";
import { difference } from "../difference.ts";
import { call, callIfThere, getOrMake, listAll, type N8nApi, onlyOne } from "./client.ts";

export interface CredentialInputs {
  /** Secret. */
  api: N8nApi;
  name: string;
  /** n8n's name of the type: `telegramApi`. */
  type: string;
  /** Secret; the fields of that type. */
  data: Record<string, string>;
}

interface CheckedInputs extends CredentialInputs {
  /** Whether nobody has touched it since: n8n never gives data back, but tells when it changed. */
  untouched: boolean;
}

interface CredentialOutputs extends CheckedInputs {
  /** As n8n tells it. */
  updatedAt: string;
}

interface Credential {
  id: string;
  name: string;
  type: string;
  updatedAt: string;
}

export async function check(_olds: unknown, news: CredentialInputs): Promise<dynamic.CheckResult> {
  return { inputs: { ...news, untouched: true } };
}

/** Another way in is another key to the same n8n; another type is another credential. */
export async function diff(
  _id: string,
  { api: _, ...olds }: CredentialOutputs,
  { api: __, ...news }: CheckedInputs,
): Promise<dynamic.DiffResult> {
  return difference(olds, news, ["type"]);
}

/** Takes the one of this name and type, where there is one: a killed run may have made it. */
export async function create(inputs: CheckedInputs): Promise<dynamic.CreateResult> {
  const { api, name, type, data } = inputs;
  const find = async () =>
    onlyOne(
      `credentials "${name}" of type ${type}`,
      (await listAll<Credential>(api, "/credentials")).filter(
        (each) => each.name === name && each.type === type,
      ),
    );
  const there = await find();
  const made = there
    ? await call<Credential>(api, "PATCH", `/credentials/${there.id}`, { name, type, data })
    : await getOrMake(api, find, "/credentials", { name, type, data });
  return { id: made.id, outs: { ...inputs, updatedAt: await updatedAt(api, made.id) } };
}

export async function read(id: string, props: CredentialOutputs): Promise<dynamic.ReadResult> {
  const found = await callIfThere<Credential>(props.api, "GET", `/credentials/${id}`);
  if (found === undefined) return {};
  const { updatedAt: _, ...inputs } = props;
  const actual = {
    ...inputs,
    name: found.name,
    type: found.type,
    untouched: found.updatedAt === props.updatedAt,
  };
  return { id, props: { ...props, ...actual }, inputs: actual };
}

/** In place, live at once: what names its id goes on. */
export async function update(
  id: string,
  _olds: CredentialOutputs,
  news: CheckedInputs,
): Promise<dynamic.UpdateResult> {
  const { api, name, type, data } = news;
  await call(api, "PATCH", `/credentials/${id}`, { name, type, data });
  return { outs: { ...news, updatedAt: await updatedAt(api, id) } };
}

async function remove(id: string, { api }: CredentialOutputs): Promise<void> {
  await callIfThere(api, "DELETE", `/credentials/${id}`);
}

export { remove as delete };

/** The answer to a write tells a moment that the database rounds. */
async function updatedAt(api: N8nApi, id: string): Promise<string> {
  return (await call<Credential>(api, "GET", `/credentials/${id}`)).updatedAt;
}
