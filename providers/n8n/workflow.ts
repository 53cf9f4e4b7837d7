import { isDeepStrictEqual } from "node:util";
import type { dynamic } from "@pulumi/pulumi";
import { difference } from "../difference.ts";
import { tryOut } from "./canary.ts";
import { call, callIfThere, getOrMake, listAll, type N8nApi, onlyOne } from "./client.ts";
import { N8nError } from "./http.ts";

/** What the API takes of a workflow, and nothing else (contracts/n8n). */
export interface WorkflowText {
  name: string;
  /** Each with a deterministic id, and a `webhookId` where it listens or sends: else each save is a new version. */
  nodes: object[];
  connections: object;
  settings: Record<string, unknown>;
}

export interface WorkflowInputs {
  /** Secret. */
  api: N8nApi;
  workflow: WorkflowText;
}

interface CheckedInputs extends WorkflowInputs {
  /** Whether it runs; added by {@link check}, so that one that was switched off is drift. */
  active: boolean;
}

interface Workflow extends WorkflowText {
  id: string;
  active: boolean;
  isArchived: boolean;
  versionId: string;
  activeVersionId: string | null;
}

export async function check(_olds: unknown, news: WorkflowInputs): Promise<dynamic.CheckResult> {
  return { inputs: { ...news, active: true } };
}

/** Another way in is another key to the same n8n. */
export async function diff(
  _id: string,
  { api: _, ...olds }: CheckedInputs,
  { api: __, ...news }: CheckedInputs,
): Promise<dynamic.DiffResult> {
  return difference(olds, news);
}

/** Takes the workflow of exactly this name, where there is one: a killed run may have made it. */
export async function create(inputs: CheckedInputs): Promise<dynamic.CreateResult> {
  const { api, workflow } = inputs;
  const there = await findByName(api, workflow.name);
  if (there !== undefined) {
    await bring(api, there, workflow);
    return { id: there.id, outs: inputs };
  }
  await tryOut(api, workflow);
  const made = await getOrMake(api, () => findByName(api, workflow.name), "/workflows", workflow);
  await activate(api, made.id, workflow.name);
  return { id: made.id, outs: inputs };
}

export async function read(id: string, props: CheckedInputs): Promise<dynamic.ReadResult> {
  const found = await callIfThere<Workflow>(props.api, "GET", `/workflows/${id}`);
  if (found === undefined) return {};
  const actual = { ...props, workflow: textOf(found, props.workflow), active: runs(found) };
  return { id, props: actual, inputs: actual };
}

export async function update(
  id: string,
  _olds: CheckedInputs,
  news: CheckedInputs,
): Promise<dynamic.UpdateResult> {
  const there = await call<Workflow>(news.api, "GET", `/workflows/${id}`);
  await bring(news.api, there, news.workflow);
  return { outs: news };
}

async function remove(id: string, { api }: CheckedInputs): Promise<void> {
  await callIfThere(api, "DELETE", `/workflows/${id}`);
}

export { remove as delete };

/**
 * Makes the workflow that is there the wanted one. A save goes live at once and is kept even when n8n refuses it, and
 * takes the webhook away for a moment: so the candidate is tried out first, nothing equal is saved, and what n8n
 * refuses all the same gives its place back to the version before.
 */
async function bring(api: N8nApi, there: Workflow, wanted: WorkflowText): Promise<void> {
  if (there.isArchived) await call(api, "POST", `/workflows/${there.id}/unarchive`);
  if (isDeepStrictEqual(textOf(there, wanted), wanted)) {
    if (!runs(there)) await activate(api, there.id, wanted.name);
    return;
  }
  await tryOut(api, wanted);
  try {
    await call(api, "PUT", `/workflows/${there.id}`, wanted);
    const { active } = await call<Workflow>(api, "GET", `/workflows/${there.id}`);
    if (!active) await activate(api, there.id, wanted.name);
  } catch (error) {
    if (there.activeVersionId === null) throw error;
    await call(api, "POST", `/workflows/${there.id}/activate`, { versionId: there.activeVersionId });
    throw new N8nError(
      `workflow ${wanted.name} was not taken, and the one from before runs again: ${(error as Error).message}`,
    );
  }
}

async function activate(api: N8nApi, id: string, name: string): Promise<void> {
  await call(api, "POST", `/workflows/${id}/activate`).catch((error: unknown) => {
    throw new N8nError(`workflow ${name} does not start: ${(error as Error).message}`);
  });
}

/** The filter of the list also matches parts of names. */
async function findByName(api: N8nApi, name: string): Promise<Workflow | undefined> {
  const listed = await listAll<Workflow>(api, `/workflows?name=${encodeURIComponent(name)}`);
  const found = onlyOne(
    `workflows "${name}"`,
    listed.filter((each) => each.name === name),
  );
  return found && call<Workflow>(api, "GET", `/workflows/${found.id}`);
}

/** It runs, and what runs is what is shown. */
function runs({ active, isArchived, versionId, activeVersionId }: Workflow): boolean {
  return active && !isArchived && versionId === activeVersionId;
}

/** As it is, in the words of what is wanted: settings that n8n adds by itself are nobody's change. */
function textOf(found: Workflow, wanted: WorkflowText): WorkflowText {
  const { name, nodes, connections, settings } = found;
  return {
    name,
    nodes,
    connections,
    settings: Object.fromEntries(
      Object.keys(wanted.settings)
        .filter((key) => key in settings)
        .map((key) => [key, settings[key]]),
    ),
  };
}
