import { z } from "zod";
import { type DockerHost, lastLines, run } from "../host/run.ts";
import { shellQuote } from "../host/shell.ts";

/** A vulnerability in an image. */
export interface Finding {
  id: string;
  package: string;
  severity: string;
  /** The version that mends it, empty when there is none. */
  fixedIn: string;
}

/** A report, or why there is none. */
export type Scanned = { findings: Finding[] } | { failed: string };

/** Trivy's own limit, and in seconds ours for a trivy that does not keep to it. */
const MINUTES = 15;
const LIMIT = (MINUTES + 1) * 60;
/** Exit code of `timeout` when the time is up. */
const TIMED_OUT = 124;

/** What is used of trivy's JSON, the same in its schema versions 1 and 2. */
const report = z.object({
  Results: z
    .array(
      z.object({
        Vulnerabilities: z
          .array(
            z.object({
              VulnerabilityID: z.string(),
              PkgName: z.string(),
              Severity: z.string(),
              FixedVersion: z.string().optional(),
            }),
          )
          .nullish(),
      }),
    )
    .nullish(),
});

export async function hasTrivy(host: DockerHost): Promise<boolean> {
  return (await run(host, "command -v trivy > /dev/null")).code === 0;
}

/** Scans an image on the Docker host and keeps the report there, in the place of an earlier one. */
export async function scanImage(
  host: DockerHost,
  image: string,
  file: string,
  limit = LIMIT,
): Promise<Scanned> {
  const [to, partial] = [file, `${file}.partial`].map(shellQuote);
  const script = [
    "umask 077",
    `install -d -m 700 "$(dirname ${to})" && rm -f ${partial} || exit 1`,
    `timeout --kill-after 10 ${limit} trivy image --quiet --format json --timeout ${MINUTES}m --output ${partial} ${shellQuote(image)} >&2 || exit`,
    `cat ${partial}`,
  ].join("\n");
  const outcome = await run(host, script, { timeout: limit + 60 });
  if (outcome.code === TIMED_OUT) return { failed: `no answer within ${limit} s` };
  if (outcome.code !== 0) return { failed: lastLines(outcome.stderr, 3) || `exit code ${outcome.code}` };
  const findings = findingsIn(outcome.stdout);
  if (findings === undefined) return { failed: `its report is not understood: ${file}.partial` };
  const kept = await run(host, `mv ${partial} ${to}`);
  return kept.code === 0 ? { findings } : { failed: lastLines(kept.stderr, 1) };
}

function findingsIn(text: string): Finding[] | undefined {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return undefined;
  }
  const { success, data } = report.safeParse(json);
  if (!success) return undefined;
  const all = (data.Results ?? []).flatMap(({ Vulnerabilities }) => Vulnerabilities ?? []);
  return all.map(({ VulnerabilityID, PkgName, Severity, FixedVersion }) => ({
    id: VulnerabilityID,
    package: PkgName,
    severity: Severity,
    fixedIn: FixedVersion ?? "",
  }));
}
