import type { Dashboard } from "@grafana/grafana-foundation-sdk/dashboard";

/**
 * A dashboard as Grafana's provider keeps it: keys sorted, without the ids and the version that Grafana gives. Any other
 * text would be a change in every preview.
 */
export function dashboardJson(dashboard: Dashboard): string {
  const { id: _id, version: _version, panels = [], ...rest } = dashboard;
  const withoutIds = panels.map((panel) => ({ ...panel, id: undefined }));
  return JSON.stringify(sorted({ ...rest, panels: withoutIds }));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([, each]) => each !== undefined);
  return Object.fromEntries(
    entries.sort(([left], [right]) => (left < right ? -1 : 1)).map(([key, each]) => [key, sorted(each)]),
  );
}
