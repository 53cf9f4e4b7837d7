import { type DockerHost, HostError, lastLines, placeOf, run } from "../../providers/host/run.ts";
import { shellQuote } from "../../providers/host/shell.ts";
import { OWNER_LABEL } from "../labels.ts";

/** Something on the Docker host that has a name, and the stack that it belongs to (empty: to none of ours). */
export interface Named {
  name: string;
  owner: string;
}

/** What a Docker host has, read in one go before anything is planned. */
export interface Inventory {
  containers: (Named & { running: boolean })[];
  networks: (Named & { subnets: string[] })[];
  volumes: Named[];
  /** TCP ports on which something listens; empty where the host does not tell (it is not Linux). */
  listening: number[];
  /** Free MiB where Docker keeps its data and where our host files go, by path. */
  free: Record<string, number>;
}

/**
 * Reads the host's inventory by one script: preview must be able to refuse before anything is touched.
 * @param root the folder for host files (it may not exist yet).
 * @throws HostError when Docker does not answer, with the next step.
 */
export async function takeInventory(host: DockerHost, root: string): Promise<Inventory> {
  const owner = `{{.Label "${OWNER_LABEL}"}}`;
  const script = [
    `docker container ls --all --format 'container {{.Names}} {{.State}} ${owner}' || exit 3`,
    `docker volume ls --format 'volume {{.Name}} ${owner}'`,
    "docker network inspect $(docker network ls --quiet) --format " +
      `'network {{.Name}} {{range .IPAM.Config}}{{.Subnet}},{{end}} {{index .Labels "${OWNER_LABEL}"}}'`,
    `for d in "$(docker info --format '{{.DockerRootDir}}')" ${shellQuote(root)}; do`,
    `  p=$d; while [ ! -e "$p" ]; do p=$(dirname "$p"); done`,
    `  df -Pm "$p" 2>/dev/null | awk -v d="$d" 'NR == 2 { print "free", $4, d }'`,
    "done",
    `awk '$4 == "0A" { split($2, a, ":"); print "port", a[2] }' /proc/net/tcp /proc/net/tcp6 2>/dev/null || true`,
  ].join("\n");
  const outcome = await run(host, script, { timeout: 20 }).catch((error: Error) => ({
    code: 3,
    stdout: "",
    stderr: error.message,
  }));
  if (outcome.code === 3) {
    const start = host.address.startsWith("ssh://")
      ? "check the address, the key and that Docker runs there: pulumi config set docker:host ssh://user@host:port"
      : "start it (npm start does, or: systemctl start docker), or name another: pulumi config set docker:host ssh://user@host:port";
    throw new HostError(
      `Docker does not answer on ${placeOf(host)}: ${lastLines(outcome.stderr, 2)}\nTo go on, ${start}`,
    );
  }
  return parseInventory(outcome.stdout);
}

/** Reads the script's lines; each starts with its kind. */
export function parseInventory(text: string): Inventory {
  const rows = text.split("\n").map((line) => line.split(" "));
  const of = (kind: string) => rows.filter((row) => row[0] === kind).map((row) => row.slice(1));
  return {
    containers: of("container").map(([name = "", state, ...owner]) => ({
      name,
      running: state === "running",
      owner: owner.join(" "),
    })),
    networks: of("network").map(([name = "", subnets = "", ...owner]) => ({
      name,
      subnets: subnets.split(",").filter((subnet) => subnet !== ""),
      owner: owner.join(" ").replace("<no value>", ""),
    })),
    volumes: of("volume").map(([name = "", ...owner]) => ({ name, owner: owner.join(" ") })),
    listening: [...new Set(of("port").map(([hex = ""]) => Number.parseInt(hex, 16)))].sort((a, b) => a - b),
    free: Object.fromEntries(of("free").map(([mebibytes, ...path]) => [path.join(" "), Number(mebibytes)])),
  };
}
