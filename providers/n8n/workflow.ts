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
  /** n8n keeps what was set before and is not named here: name each that matters, with n8n's default where it has to be that. */
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

const WEBHOOK = "n8n-nodes-base.webhook";

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
  await requireFreePaths(api, workflow);
  await tryOut(api, workflow);
  const made = await getOrMake(api, () => findByName(api, workflow.name), "/workflows", workflow);
  await call(api, "POST", `/workflows/${made.id}/activate`);
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
  const isEqual = isDeepStrictEqual(textOf(there, wanted), wanted);
  if (isEqual && runs(there)) return;
  await requireFreePaths(api, wanted, there.id);
  await tryOut(api, wanted);
  try {
    if (!isEqual) await call(api, "PUT", `/workflows/${there.id}`, wanted);
    const { active } = await call<Workflow>(api, "GET", `/workflows/${there.id}`);
    if (!active) await call(api, "POST", `/workflows/${there.id}/activate`);
  } catch (error) {
    throw new N8nError(
      `workflow ${wanted.name} was not taken: ${(error as Error).message}. ${await restore(api, there)}`,
    );
  }
}

/** Gives the version from before its place back; says what became of it. */
async function restore(api: N8nApi, { id, activeVersionId }: Workflow): Promise<string> {
  if (activeVersionId === null) return "Nothing of it ran before, and nothing runs now";
  return call(api, "POST", `/workflows/${id}/activate`, { versionId: activeVersionId }).then(
    () => "The one from before runs again",
    (error: unknown) =>
      `Nor could the one from before be started again (${(error as Error).message}): see to it in n8n, workflow ${id}`,
  );
}

interface Listening {
  type: string;
  parameters: { path?: unknown };
}

/**
 * That nobody else listens where the wanted one is to. n8n would say so only when the version is live, and who was
 * killed then would take it for what was wanted.
 */
async function requireFreePaths(api: N8nApi, wanted: WorkflowText, id?: string): Promise<void> {
  const pathsOf = ({ nodes }: WorkflowText) =>
    (nodes as Listening[]).filter(({ type }) => type === WEBHOOK).map(({ parameters }) => parameters.path);
  const paths = pathsOf(wanted);
  if (paths.length === 0) return;
  const active = await listAll<Workflow>(api, "/workflows?active=true");
  for (const other of active.filter((each) => each.id !== id)) {
    const taken = pathsOf(other).filter((path) => paths.includes(path));
    if (taken.length > 0)
      throw new N8nError(
        `workflow ${wanted.name} was not touched: workflow "${other.name}" (${other.id}) listens at ${taken.join(", ")} already. ` +
          "Switch that one off in n8n, then run it again",
      );
  }
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
