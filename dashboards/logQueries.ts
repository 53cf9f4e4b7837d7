/**
 * Every question to Loki that a panel asks, once, in LogQL. Labels are the platform's (`container`, `job`, `project`).
 * Requests are counted from the lines that Plane's api prints, one JSON line each (contracts/plane): agents reach the
 * api past the proxy, and the proxy's log is not in Loki.
 * @param prefix of the containers' names, like `javisi`.
 */
export function logQueries(prefix: string) {
  const api = `{container="${prefix}_plane_api"}`;
  const requests = `${api} |= "plane.api.request"`;
  const gateway = `{container="${prefix}_openclaw"}`;
  const seconds = `${requests} | json milliseconds="duration_ms" | unwrap milliseconds | __error__=""`;
  const everything = `{container=~"${prefix}_(plane_.+|openclaw)"}`;
  return {
    api,
    worker: `{container="${prefix}_plane_worker"}`,
    gateway,
    /** Lines that call themselves an error, or worse, whichever way a program writes it. */
    errors: `${everything} |~ "(?i)\\\\b(error|critical|fatal)\\\\b"`,
    spawns: `${gateway} |~ "(?i)spawn|EPERM|EACCES"`,
    requestsByClass: `sum by (class) (rate(${requests} | json status="status_code" | label_format class="{{ substr 0 1 .status }}xx" [5m]))`,
    requestMilliseconds: (quantile: number) =>
      `quantile_over_time(${quantile}, ${seconds} [5m]) by (container)`,
    failedPercent: `100 * (sum(rate(${requests} | json status="status_code" | status >= 500 [5m])) or vector(0)) / sum(rate(${requests} [5m]))`,
  };
}

export type LogQueries = ReturnType<typeof logQueries>;
