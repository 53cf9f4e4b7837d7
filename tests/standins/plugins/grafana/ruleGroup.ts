import type { Change, ResourceHandler, Saved } from "../plugin.ts";
import { hasUnknown, type Properties, sameValue, type Value } from "../values.ts";
import { ask, found } from "./api.ts";

interface Query {
  refId: string;
  datasourceUid: string;
  queryType: string;
  relativeTimeRange: { from: number; to: number };
  model: Properties;
}

interface Rule {
  uid?: string;
  title: string;
  for: string;
  condition: string;
  noDataState: string;
  execErrState: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
  isPaused: boolean;
  data: Query[];
  notification_settings?: Properties;
}

interface Group {
  title: string;
  folderUid: string;
  interval: number;
  rules: Rule[];
}

/** The provider's names of a rule's own route, and Grafana's. */
const ROUTE = {
  contactPoint: "receiver",
  groupBies: "group_by",
  groupWait: "group_wait",
  groupInterval: "group_interval",
  repeatInterval: "repeat_interval",
  muteTimings: "mute_time_intervals",
  activeTimings: "active_time_intervals",
} as const;

const NOT_DONE = ["record", "missingSeriesEvalsToResolve", "keepFiringFor"];

/** Groups of rules; a rule goes by its name, for its uid is Grafana's. */
export const ruleGroups: ResourceHandler = {
  check(inputs, _oldInputs, { name }) {
    inputs.name ??= name;
    if (hasUnknown(inputs.rules)) return [];
    return (inputs.rules as Properties[]).flatMap((rule, index) => {
      const failures = NOT_DONE.filter((key) => rule[key] !== undefined).map((key) => ({
        property: `rules[${index}].${key}`,
        reason: `${key} is not done by the stand-in for grafana`,
      }));
      for (const [at, { model }] of (rule.datas as { model: string }[]).entries()) {
        if (!isJson(model))
          failures.push({ property: `rules[${index}].datas[${at}].model`, reason: "model is not JSON" });
      }
      return failures;
    });
  },
  diff(state, _oldInputs, inputs) {
    const changes: Change[] = [];
    const say = (property: string, replace: boolean) => changes.push({ property, kind: "update", replace });
    if (inputs.folderUid !== state.folderUid) say("folderUid", true);
    if (inputs.name !== state.name) say("name", true);
    if (inputs.intervalSeconds !== state.intervalSeconds) say("intervalSeconds", false);
    if (hasUnknown(inputs.rules) || !sameValue(comparable(inputs.rules), comparable(state.rules)))
      say("rules", false);
    return changes;
  },
  async create(inputs) {
    await put(inputs);
    return seen(inputs);
  },
  read: async (_id, inputs, state) => look({ ...state, ...inputs }),
  async update(_id, _state, inputs) {
    await put(inputs);
    return (await seen(inputs)).outputs;
  },
  async delete(_id, state) {
    await found(ask("DELETE", pathOf(state)));
  },
};

async function put(inputs: Properties): Promise<void> {
  const { name, folderUid, intervalSeconds } = inputs as Record<string, string>;
  const there = await found(ask<Group>("GET", pathOf(inputs)));
  const uids = new Map(there?.rules.map(({ title, uid }) => [title, uid]));
  const rules = (inputs.rules as Properties[]).map((rule) => ({
    ...sent(rule),
    uid: uids.get(rule.name as string),
    folderUID: folderUid,
    ruleGroup: name,
    orgID: 1,
  }));
  await ask("PUT", pathOf(inputs), { title: name, folderUid, interval: Number(intervalSeconds), rules });
}

async function seen(inputs: Properties): Promise<Saved> {
  const saved = await look(inputs);
  if (!saved) throw new Error(`the rule group ${String(inputs.name)} was removed while it was made`);
  return saved;
}

async function look(recorded: Properties): Promise<Saved | undefined> {
  const group = await found(ask<Group>("GET", pathOf(recorded)));
  if (!group) return undefined;
  const outputs = {
    ...recorded,
    name: group.title,
    folderUid: group.folderUid,
    intervalSeconds: group.interval,
    rules: group.rules.map(received) as Value,
    orgId: "1",
    disableProvenance: false,
  };
  return { id: `1:${group.folderUid}:${group.title}`, outputs };
}

function pathOf({ folderUid, name }: Properties): string {
  const [folder, group] = [folderUid, name].map((part) => encodeURIComponent(String(part)));
  return `/api/v1/provisioning/folder/${folder}/rule-groups/${group}`;
}

function sent(rule: Properties): Rule {
  const datas = rule.datas as unknown as (Omit<Query, "model"> & { model: string })[];
  const route = rule.notificationSettings as Properties | undefined;
  return {
    title: rule.name as string,
    for: (rule.for as string | undefined) ?? "0s",
    condition: rule.condition as string,
    noDataState: (rule.noDataState as string | undefined) ?? "NoData",
    execErrState: (rule.execErrState as string | undefined) ?? "Alerting",
    labels: (rule.labels as Record<string, string> | undefined) ?? {},
    annotations: (rule.annotations as Record<string, string> | undefined) ?? {},
    isPaused: (rule.isPaused as boolean | undefined) ?? false,
    data: datas.map(({ refId, datasourceUid, queryType, relativeTimeRange, model }) => ({
      refId,
      datasourceUid,
      queryType: queryType ?? "",
      relativeTimeRange,
      model: JSON.parse(model) as Properties,
    })),
    ...(route && {
      notification_settings: Object.fromEntries(
        Object.entries(ROUTE).map(([ours, theirs]) => [theirs, route[ours]]),
      ),
    }),
  };
}

function received(rule: Rule): Properties {
  const { title, data, notification_settings: route, ...rest } = rule;
  return {
    name: title,
    uid: rest.uid,
    for: rest.for,
    condition: rest.condition,
    noDataState: rest.noDataState,
    execErrState: rest.execErrState,
    labels: rest.labels,
    annotations: rest.annotations,
    isPaused: rest.isPaused,
    datas: data.map(({ refId, datasourceUid, queryType, relativeTimeRange, model }) => ({
      refId,
      datasourceUid,
      queryType,
      relativeTimeRange,
      model: JSON.stringify(withoutDefaults(model)),
    })),
    ...(route && {
      notificationSettings: Object.fromEntries(
        Object.entries(ROUTE).map(([ours, theirs]) => [ours, route[theirs]]),
      ),
    }),
  };
}

/** What Grafana adds to each model; the official plugin takes it away. */
function withoutDefaults({ intervalMs, maxDataPoints, ...model }: Properties): Properties {
  return {
    ...model,
    ...(intervalMs !== 1000 && { intervalMs }),
    ...(maxDataPoints !== 43200 && { maxDataPoints }),
  };
}

/** Rules with their defaults, durations in seconds and models as values, to be compared. */
function comparable(rules: Value | undefined): Value {
  return ((rules as Properties[] | undefined) ?? []).map((rule) => {
    const { uid: _uid, for: lasting, data, ...rest } = sent(rule) as Rule & Properties;
    return {
      ...rest,
      for: secondsOf(lasting),
      data: data.map((query) => ({ ...query, model: withoutDefaults(query.model) })),
    } as unknown as Value;
  });
}

function secondsOf(duration: string): number {
  const factors: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86_400 };
  return [...duration.matchAll(/(\d+)([smhd])/g)].reduce(
    (sum, [, number, unit]) => sum + Number(number) * (factors[unit ?? ""] ?? Number.NaN),
    0,
  );
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
