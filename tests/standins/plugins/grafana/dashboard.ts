import type { Change, ResourceHandler, Saved } from "../plugin.ts";
import { canonical, isRecord, type Properties, UNKNOWN, type Value } from "../values.ts";
import { ask, found, grafanaUrl } from "./api.ts";

interface Seen {
  dashboard: Properties & { id: number; uid: string; version: number };
  meta: { folderUid: string; url: string };
}

/** Of a dashboard only its folder and organisation replace it. */
export const dashboards: ResourceHandler = {
  check(inputs) {
    if (inputs.configJson === UNKNOWN) return [];
    try {
      inputs.configJson = normalized(JSON.parse(inputs.configJson as string) as Properties);
      return [];
    } catch (error) {
      return [{ property: "configJson", reason: `configJson is not JSON: ${(error as Error).message}` }];
    }
  },
  diff(state, _oldInputs, inputs) {
    const changes: Change[] = [];
    for (const [property, replace] of [
      ["configJson", false],
      ["folder", false],
      ["orgId", true],
    ] as const) {
      const [was, wanted] = [state[property], inputs[property]];
      if (wanted === undefined || wanted === was) continue;
      changes.push({ property, kind: was === undefined ? "add" : "update", replace });
    }
    return changes;
  },
  async create(inputs) {
    const { uid } = await save(inputs);
    return { id: `1:${uid}`, outputs: (await look(uid, inputs))?.outputs ?? inputs };
  },
  read: async (id, inputs, state) => look(uidOf(id), { ...state, ...inputs }),
  async update(id, _state, inputs) {
    await save({ ...inputs, overwrite: true });
    return (await look(uidOf(id), inputs))?.outputs ?? inputs;
  },
  async delete(id) {
    await found(ask("DELETE", `/api/dashboards/uid/${uidOf(id)}`));
  },
  madeAnewByUpdate: ["version"],
};

async function save(inputs: Properties): Promise<{ uid: string }> {
  return ask("POST", "/api/dashboards/db", {
    dashboard: JSON.parse(inputs.configJson as string),
    folderUid: inputs.folder ?? "",
    overwrite: inputs.overwrite ?? false,
    message: inputs.message ?? "",
  });
}

async function look(uid: string, recorded: Properties): Promise<Saved | undefined> {
  const seen = await found(ask<Seen>("GET", `/api/dashboards/uid/${uid}`));
  if (!seen) return undefined;
  const { dashboard, meta } = seen;
  const outputs = {
    ...recorded,
    configJson: normalized(dashboard),
    dashboardId: dashboard.id,
    folder: meta.folderUid,
    uid,
    url: `${grafanaUrl()}${meta.url}`,
    version: dashboard.version,
  };
  return { id: `1:${uid}`, outputs };
}

/** As the official plugin keeps it: without what Grafana numbers, and sorted. */
function normalized({ id: _id, version: _version, ...dashboard }: Properties): string {
  const panels = dashboard.panels as Value[] | undefined;
  return canonicalJson({
    ...dashboard,
    ...(panels && {
      panels: panels.map((panel) => (isRecord(panel) ? { ...panel, id: undefined } : panel)),
    }),
  });
}

/** {@link canonical} leaves null out, which Grafana's thresholds mean something by. */
function canonicalJson(value: Value | undefined): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (!isRecord(value)) return value === null ? "null" : canonical(value);
  const members = Object.keys(value)
    .filter((key) => value[key] !== undefined)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonicalJson(value[key])}`);
  return `{${members.join(",")}}`;
}

function uidOf(id: string): string {
  return id.split(":").at(-1) ?? id;
}
