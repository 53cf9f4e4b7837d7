import { createHash } from "node:crypto";
import { type DockerHost, runOrThrow } from "../host/run.ts";
import { shellQuote } from "../host/shell.ts";

/**
 * Writes openclaw.json beside its place and moves it there: a gateway that runs keeps the file that it started with,
 * and the next one never meets half of it. Only its user reads it.
 * @param owner `uid:gid`.
 */
export async function writeConfiguration(
  host: DockerHost,
  path: string,
  owner: string,
  text: string,
): Promise<void> {
  const [file, copy] = [shellQuote(path), shellQuote(`${path}.plane-ops`)];
  const sha256 = createHash("sha256").update(text).digest("hex");
  const script = [
    "set -e; umask 077",
    `folder=$(dirname ${file})`,
    '[ -d "$folder" ] || { mkdir -p "$folder"; chmod 755 "$folder"; }',
    `rm -rf ${copy}; trap ${shellQuote(`rm -f ${copy}`)} EXIT`,
    `cat > ${copy}`,
    // A connection that breaks ends the text too.
    `[ "$(sha256sum < ${copy} | cut -c-64)" = ${sha256} ] || { echo 'it arrived otherwise than it was sent' >&2; exit 1; }`,
    `chown ${shellQuote(owner)} ${copy}; chmod 600 ${copy}`,
    `mv -fT ${copy} ${file}`,
  ];
  await runOrThrow(host, `writing ${path}`, script.join("\n"), { stdin: text });
}
