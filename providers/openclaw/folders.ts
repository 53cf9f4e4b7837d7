import { type DockerHost, runOrThrow } from "../host/run.ts";
import { shellQuote } from "../host/shell.ts";
import type { Bind } from "./container.ts";

export interface Folder {
  /** Absolute path on the host. */
  path: string;
  /** Octal: `755`. */
  mode: string;
}

/**
 * Makes the folders that the gateway finds mounted, and gives it what below its own folder is not its user's, as
 * files of a container that ran as root are not (OPENCLAW-UPG-02, -05).
 */
export async function prepareFolders(
  host: DockerHost,
  base: string,
  owner: string,
  folders: Folder[],
  binds: Bind[],
): Promise<void> {
  const [user = "", group = ""] = owner.split(":");
  const script = [
    "set -e",
    ...[{ path: base, mode: "" }, ...folders].map(({ path, mode }) => {
      const folder = shellQuote(path);
      const mend = mode === "" ? ":" : `[ "$(stat -c %a ${folder})" = ${mode} ] || chmod ${mode} ${folder}`;
      return `[ -d ${folder} ] || mkdir -p ${folder}\n${mend}`;
    }),
    // Its folder is the same on the host as in the container (platform): Docker would make what is mounted in it, as root.
    ...binds
      .filter(({ host, container }) => host !== container && container.startsWith(`${base}/`))
      .map(({ host, container }) => mountPoint(shellQuote(host), shellQuote(container))),
    // Others that are mounted are not below it.
    ...folders.map(({ path }) => `chown -h ${shellQuote(owner)} ${shellQuote(path)}`),
    `find ${shellQuote(base)} \\( ! -uid ${user} -o ! -gid ${group} \\) -exec chown -h ${shellQuote(owner)} {} +`,
  ];
  await runOrThrow(host, `preparing folders below ${base}`, script.join("\n"), { timeout: 600 });
}

function mountPoint(source: string, point: string): string {
  return `[ -e ${point} ] || if [ -d ${source} ]; then mkdir -p ${point}; else mkdir -p "$(dirname ${point})"; : > ${point}; fi`;
}
