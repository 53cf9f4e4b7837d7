import { rmSync } from "node:fs";
import { join } from "node:path";
import { pathsOf } from "../../scripts/setup/paths.ts";
import { DebianPackages } from "../standins/images/debian.ts";
import { installOnce } from "./installOnce.ts";

/** Programs of Debian's packages that need nothing beside themselves: Go's. */
type GoPackage =
  | "prometheus"
  | "prometheus-alertmanager"
  | "prometheus-blackbox-exporter"
  | "prometheus-node-exporter"
  | "prometheus-redis-exporter"
  | "victoria-metrics";

/**
 * A package's programs, unpacked into the cache once; nothing is installed on this machine.
 * @returns the folder of its programs.
 */
export async function debianPrograms(name: GoPackage): Promise<string> {
  const folder = await installOnce("debian-programs", name, async (target) => {
    rmSync(join(target, "root"), { recursive: true, force: true });
    const debian = new DebianPackages(pathsOf().cache, (line) => console.log(line));
    const own = (await debian.closure([name])).filter((each) => each.name === name);
    await debian.download(own);
    await debian.unpack(own, join(target, "root"));
  });
  return join(folder, "root/usr/bin");
}
