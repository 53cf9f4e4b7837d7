import { keepOnly, type Part, type ScrapeJob, targetOf } from "./part.ts";

/** Where programs of the host, the backup above all, leave figures in files; below `platform:root`. */
export const TEXTFILES = "backups/plane/metrics";

const FILESYSTEMS = "--collector.filesystem";

/**
 * The host's disks, memory and load, and what other programs say of themselves in files. It sees two filesystems, and
 * needs no more of the host than this: its own root is on Docker's disk, the folder of files on that of `platform:root`.
 */
export function nodeExporter(root: string): Part {
  return {
    name: "plane_node_exporter",
    service: "node_exporter",
    image: "nodeExporter",
    command: [
      "--collector.disable-defaults",
      FILESYSTEMS,
      `${FILESYSTEMS}.fs-types-exclude=^(proc|sysfs|tmpfs|devpts|cgroup2?|mqueue|nsfs)$`,
      `${FILESYSTEMS}.mount-points-exclude=^/(proc|sys|dev|etc)($|/)`,
      "--collector.loadavg",
      "--collector.meminfo",
      "--collector.textfile",
      "--collector.textfile.directory=/metrics",
    ],
    files: {},
    mounts: { [`${root}/${TEXTFILES}`]: "/metrics" },
    networks: [],
    health: "/",
    port: 9100,
  };
}

export function hostJob(part: Part): ScrapeJob {
  return {
    job_name: "plane-host",
    static_configs: [{ targets: [targetOf(part)] }],
    metric_relabel_configs: keepOnly(
      "plane_.+|node_filesystem_(avail|size|readonly).*|node_memory_Mem(Available|Total)_bytes|node_load1|node_textfile_.+",
    ),
  };
}
