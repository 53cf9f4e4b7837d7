import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Paths } from "../scripts/setup/paths.ts";
import { median, seconds } from "./measure.ts";

/** A stack beside the local one: its own names, addresses and port. */
const BESIDE = {
  "platform:prefix": "benchcold",
  "platform:subnetPrefix": "10.232",
  "platform:httpPort": "18090",
};

/** `npm start` when nothing is to do: the median of three. */
export async function benchWarmStart(paths: Paths, signal: AbortSignal): Promise<string[]> {
  const env = { ...process.env, NO_COLOR: "1" };
  const times: number[] = [];
  for (let round = 0; round < 3; round += 1)
    times.push(await seconds("npm", ["start"], { cwd: paths.root, env, signal }));
  return [`warm npm start                      ${format(median(times))}  no change (goal: under 15 s)`];
}

/** `npm start` in a fresh clone with empty caches; Docker runs already, and images that are there are used. */
export async function benchColdStart(paths: Paths, signal: AbortSignal): Promise<string[]> {
  const folder = mkdtempSync(path.join(tmpdir(), "plane-ops-cold-"));
  const env = { ...process.env, NO_COLOR: "1" };
  try {
    await seconds("git", ["clone", "--quiet", paths.root, folder], { cwd: paths.root, env, signal });
    const settings = Object.entries(BESIDE).map(([key, value]) => `  ${key}: "${value}"\n`);
    writeFileSync(path.join(folder, "Pulumi.local.yaml"), `config:\n${settings.join("")}`);
    const time = await seconds("npm", ["start"], { cwd: folder, env, signal });
    return [
      `cold npm start, images there        ${format(time)}  fresh clone, empty caches (goal: well under 10 min)`,
    ];
  } finally {
    await seconds("npm", ["run", "down"], { cwd: folder, env, signal }).catch(() => {});
    rmSync(folder, { recursive: true, force: true });
  }
}

function format(value: number): string {
  return `${value.toFixed(1)} s`.padStart(8);
}
