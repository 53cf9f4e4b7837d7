import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { Paths } from "../../scripts/setup/paths.ts";
import { buildStandinImages } from "../../tests/standins/images/build.ts";
import { docker, sweepNames, TestStack } from "../../tests/support/stack.ts";
import { readVersions } from "../../versions.ts";

const PREFIX = "benchmon";
const COLLECTOR = ["blackbox", "container", "node", "postgres", "redis"]
  .map((what) => `plane_${what}_exporter`)
  .concat("plane_vmagent");
const PLANE = ["plane_admin", "plane_api", "plane_minio", "plane_web", "plane_worker"];
/** MiB of the collector in all (MONITOR-03). */
const GOAL_MIB = 150;
/** Seconds: four looks of the collector's. */
const WATCHED_S = 120;
/** Of the kernel's clock, by which it counts CPU time. */
const TICKS_A_SECOND = 100;

/** What the collector takes beside a Plane that nobody uses, by the kernel's count: memory, and CPU over two minutes. */
export async function benchCollector(_paths: Paths, signal: AbortSignal): Promise<string[]> {
  const { imagesOnDemand } = readVersions();
  const wanted = [
    ...(["vmagent", "victoriametrics", "postgresExporter", "redisExporter", "blackboxExporter"] as const),
    ...(["nodeExporter", "python", "socketProxy", "loki", "alloy"] as const),
  ];
  await buildStandinImages(
    wanted.map((image) => ({ name: image, reference: imagesOnDemand[image] })),
    () => {},
  );
  await sweepNames(`${PREFIX}_`);
  const stack = await TestStack.create("bench-collector", {
    "platform:prefix": PREFIX,
    "platform:httpPort": "18096",
    "platform:subnetPrefix": "10.238",
    "platform:memoryBudget": "4g",
    "monitoring:enabled": "true",
  });
  try {
    const { code, text } = await stack.up();
    if (code !== 0) throw new Error(text);
    const before = await used();
    await sleep(WATCHED_S * 1000, undefined, { signal });
    const after = await used();
    const [own, others] = [COLLECTOR, PLANE].map((names) => ({
      mebibytes: sum(names, (name) => after[name]?.mebibytes),
      cpu: sum(names, (name) => (after[name]?.seconds ?? 0) - (before[name]?.seconds ?? 0)) / WATCHED_S,
    })) as [Cost, Cost];
    const share = (of: (cost: Cost) => number) => `${((100 * of(own)) / of(others)).toFixed(0)} %`;
    return [
      `the collector's memory              ${`${own.mebibytes.toFixed(0)} MiB`.padStart(8)}  (goal < ${GOAL_MIB}${own.mebibytes < GOAL_MIB ? "" : ", missed"}); ${share(({ mebibytes }) => mebibytes)} of what the Plane of this stack takes`,
      `the collector's CPU                 ${`${(own.cpu * 100).toFixed(1)} %`.padStart(8)}  of one core; Plane, unused, ${(others.cpu * 100).toFixed(1)} %`,
    ];
  } finally {
    await stack.dispose();
  }
}

interface Cost {
  mebibytes: number;
  /** Of one core. */
  cpu: number;
}

/** Of each container, with all its processes: memory now and CPU since its start. */
async function used(): Promise<Record<string, { mebibytes: number; seconds: number }>> {
  const entries = [...COLLECTOR, ...PLANE].map(async (name) => {
    const pids = (await docker("top", `${PREFIX}_${name}`, "-eo", "pid")).split("\n").slice(1);
    const each = pids.map((pid) => {
      const rss = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid.trim()}/status`, "utf8"))?.[1];
      const [, rest = ""] = readFileSync(`/proc/${pid.trim()}/stat`, "utf8").split(") ");
      const [user, system] = rest.split(" ").slice(11, 13);
      return { mebibytes: Number(rss) / 1024, seconds: (Number(user) + Number(system)) / TICKS_A_SECOND };
    });
    const total = (of: "mebibytes" | "seconds") => each.reduce((all, one) => all + one[of], 0);
    return [name, { mebibytes: total("mebibytes"), seconds: total("seconds") }] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

function sum(names: string[], of: (name: string) => number | undefined): number {
  return names.reduce((total, name) => total + (of(name) ?? Number.NaN), 0);
}
