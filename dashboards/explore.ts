import { LOGS } from "./sources.ts";

/** Grafana's Explore with a question to Loki, over the same time as the panel that leads there. */
export function exploreLogs(expr: string): string {
  const panes = {
    logs: {
      datasource: LOGS.uid,
      queries: [{ refId: "A", datasource: LOGS, expr, queryType: "range" }],
      range: { from: "${__from}", to: "${__to}" },
    },
  };
  // Grafana fills in its own variables only where they stand as they are.
  const encoded = encodeURIComponent(JSON.stringify(panes)).replace(
    /%24%7B(__from|__to)%7D/g,
    (_, name: string) => `\${${name}}`,
  );
  return `/explore?schemaVersion=1&orgId=1&panes=${encoded}`;
}
