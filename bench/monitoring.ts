import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { watched } from "../dashboards/watched.ts";
import type { Paths } from "../scripts/setup/paths.ts";
import { debianPrograms } from "../tests/support/debianPrograms.ts";
import { freePort } from "../tests/support/freePort.ts";
import { queriesAsked, selectorsUsed } from "../tests/support/queriesAsked.ts";
import { ServerProcess } from "../tests/support/serverProcess.ts";
import { median } from "./measure.ts";
import { type Series, seriesOf } from "./monitoring/series.ts";

const DAYS = 7;
/** Seconds: what the collector's vmagent does. */
const INTERVAL = 30;
/** Points that a panel draws. */
const POINTS = 1000;
const ROUNDS = 3;
const WATCHED = watched("javisi", { openclaw: true, notifications: true, backup: true, certificate: true });

/**
 * What the dashboards ask of VictoriaMetrics, each query once over seven days of every series that they name; the floor
 * beside it is the same number of requests that read nothing.
 */
export async function benchMonitoring(_paths: Paths, _signal: AbortSignal): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), "bench-monitoring-"));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const server = await ServerProcess.start({
    command: join(await debianPrograms("victoria-metrics"), "victoria-metrics"),
    args: [
      ...[`-httpListenAddr=127.0.0.1:${port}`, `-storageDataPath=${folder}/data`, "-retentionPeriod=30d"],
      // As after a pause: nothing is answered from memory of the answers.
      "-search.disableCache",
    ],
    folder,
    env: {},
    log: join(folder, "log"),
    health: `${url}/health`,
  });
  try {
    const end = Math.floor(Date.now() / 1000 / INTERVAL) * INTERVAL;
    const times = Array.from(
      { length: (DAYS * 86_400) / INTERVAL },
      (_, index) => end - DAYS * 86_400 + (index + 1) * INTERVAL,
    );
    const series = seriesOf(selectorsUsed(WATCHED));
    for (const each of series) await load(url, each, times);
    await (await fetch(`${url}/internal/force_flush`)).text();

    const queries = queriesAsked(WATCHED).filter(
      ({ language, by }) => language === "promql" && !by.startsWith("alert "),
    );
    const measured: { by: string; seconds: number }[] = [];
    for (const { by, expr } of queries) measured.push({ by, seconds: await timed(url, expr, end) });
    const floor = await timed(url, "vector(0)", end);
    return [...dashboards(measured, floor), loaded(series, times)];
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

function dashboards(measured: { by: string; seconds: number }[], floor: number): string[] {
  const titles = [...new Set(measured.map(({ by }) => by.slice(0, by.indexOf(","))))];
  return titles.map((title) => {
    const own = measured.filter(({ by }) => by.startsWith(`${title},`));
    const sum = own.reduce((total, { seconds }) => total + seconds, 0);
    const [worst] = own.toSorted((one, other) => other.seconds - one.seconds);
    return (
      `dashboard ${title}, ${DAYS} days`.padEnd(36) +
      `${format(sum)}  ${own.length} queries one after the other; slowest ${format(worst?.seconds ?? 0).trim()} (${worst?.by.slice(title.length + 2)}); ` +
      `a query that reads nothing ${format(floor).trim()}`
    );
  });
}

function loaded(series: Series[], times: number[]): string {
  return `  over ${series.length} series of ${times.length} points, one each ${INTERVAL} s`;
}

/** Seconds of one panel's query over all days. */
async function timed(url: string, expr: string, end: number): Promise<number> {
  const start = end - DAYS * 86_400;
  const step = Math.floor((DAYS * 86_400) / POINTS);
  const query = new URLSearchParams({
    query: expr,
    start: String(start),
    end: String(end),
    step: String(step),
  });
  const taken: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const started = performance.now();
    const answer = await fetch(`${url}/api/v1/query_range?${query}`);
    const { status, data } = (await answer.json()) as { status: string; data?: { result: object[] } };
    if (status !== "success" || data?.result === undefined) throw new Error(`${expr}: ${status}`);
    taken.push((performance.now() - started) / 1000);
  }
  return median(taken);
}

async function load(url: string, { metric, value }: Series, times: number[]): Promise<void> {
  const body = JSON.stringify({
    metric,
    values: times.map((_, index) => value(index)),
    timestamps: times.map((seconds) => seconds * 1000),
  });
  const answer = await fetch(`${url}/api/v1/import`, { method: "POST", body });
  if (!answer.ok) throw new Error(`${metric["__name__"]}: ${answer.status} ${await answer.text()}`);
}

function format(seconds: number): string {
  return `${(seconds * 1000).toFixed(0)} ms`.padStart(8);
}
