import type { dynamic } from "@pulumi/pulumi";
import { changedInputs } from "../difference.ts";
import { type DockerHost, HostError, placeOf } from "../host/run.ts";
import { type Finding, hasTrivy, type Scanned, scanImage } from "./trivy.ts";

/** An image to look into. */
export interface ScannedImage {
  version: string;
  image: string;
}

export interface ScanInputs {
  host: DockerHost;
  /** Folder of the saved releases: reports are kept in `scans` below it. */
  releases: string;
  wanted: ScannedImage;
  /** What runs: findings that it has too are not new. Null when nothing does: then each is, for it comes with this image. */
  running: ScannedImage | null;
  /** Whether new critical findings stop the release (`openclaw:scanGate`). */
  gate: boolean;
}

export interface ScanOutputs extends ScanInputs {
  scanned: boolean;
  /** Why not, or empty. */
  why: string;
  /** For people: findings by severity, old against new. */
  summary: string;
  /** Critical ones of the wanted image that what runs does not have (all, where nothing runs), and the other way round. */
  newCriticals: Finding[];
  fixedCriticals: Finding[];
}

const ABSENT = "trivy is not installed there";
const SEVERITIES = ["CRITICAL", "HIGH", "MEDIUM", "LOW", "UNKNOWN"];

export async function check(_olds: unknown, news: unknown): Promise<dynamic.CheckResult> {
  return { inputs: news };
}

/** No I/O. Once the wanted version runs there is nothing left to compare, and no change. */
export async function diff(_id: string, olds: ScanOutputs, news: ScanInputs): Promise<dynamic.DiffResult> {
  const isRelease = news.running !== null && news.running.version !== news.wanted.version;
  const changed = changedInputs({ ...olds }, { ...news }).filter((name) => name !== "running" || isRelease);
  return { changes: changed.length > 0 };
}

export async function create(inputs: ScanInputs): Promise<dynamic.CreateResult> {
  return { id: "openclaw-scan", outs: await scan(inputs) };
}

/** A trivy that was missing and is there now is drift: the next `up` scans. */
export async function read(id: string, props: ScanOutputs): Promise<dynamic.ReadResult> {
  const { scanned, why, summary: _, newCriticals: __, fixedCriticals: ___, ...inputs } = props;
  if (scanned || !why.startsWith(ABSENT) || !(await hasTrivy(props.host))) return { id, props, inputs };
  const unscanned = { ...inputs, wanted: { ...inputs.wanted, version: "" } };
  return { id, props: { ...props, ...unscanned }, inputs: unscanned };
}

export async function update(
  _id: string,
  _olds: ScanOutputs,
  news: ScanInputs,
): Promise<dynamic.UpdateResult> {
  return { outs: await scan(news) };
}

/** The reports stay. */
async function remove(): Promise<void> {}

export { remove as delete };

/**
 * Both images on the same day, for the vulnerability database changes daily.
 * @throws HostError by the gate: with new critical findings, or when it cannot tell.
 */
async function scan(inputs: ScanInputs): Promise<ScanOutputs> {
  const { host, wanted, running, gate } = inputs;
  const nothing = { scanned: false, summary: "", newCriticals: [], fixedCriticals: [] };
  if (!(await hasTrivy(host))) {
    const why = `${ABSENT} (${placeOf(host)}): ${wanted.image} was not scanned`;
    return { ...inputs, ...nothing, why };
  }
  const news = await scanImage(host, wanted.image, reportOf(inputs, wanted));
  const isOther = running !== null && running.version !== wanted.version;
  const olds = isOther ? await scanImage(host, running.image, reportOf(inputs, running)) : undefined;
  const failed = [news, olds].flatMap((each) => (each && "failed" in each ? [each.failed] : []));
  if (failed.length > 0) {
    const why = `trivy failed on ${placeOf(host)}: ${failed.join("; ")}`;
    if (gate) throw new HostError(`${why}. ${letPass("new critical findings")}`);
    return { ...inputs, ...nothing, why };
  }
  const after = criticals(news);
  const known = running?.version === wanted.version ? after : olds ? criticals(olds) : [];
  const newCriticals = missingIn(known, after);
  const outputs = {
    ...inputs,
    scanned: true,
    why: "",
    summary: [olds && summaryOf(running?.version, olds), summaryOf(wanted.version, news)]
      .filter((line) => line !== undefined)
      .join("; "),
    newCriticals,
    fixedCriticals: missingIn(after, known),
  };
  if (gate && newCriticals.length > 0)
    throw new HostError(
      `OpenClaw ${wanted.version} has critical findings ${running ? `that ${running.version} does not have` : "that are all new, for nothing runs yet"}: ${newCriticals.map(named).join(", ")}. ` +
        `Nothing was touched; the report is ${reportOf(inputs, wanted)}. ${letPass("these")}`,
    );
  return outputs;
}

function reportOf({ releases }: ScanInputs, { version }: ScannedImage): string {
  return `${releases}/scans/${version}.json`;
}

function letPass(what: string): string {
  return `Without a gate for ${what}: pulumi config set openclaw:scanGate false`;
}

function criticals(scanned: Scanned): Finding[] {
  return "findings" in scanned ? scanned.findings.filter(({ severity }) => severity === "CRITICAL") : [];
}

/** By vulnerability and package: a version changes without mending anything. */
function missingIn(known: Finding[], findings: Finding[]): Finding[] {
  const keyOf = (finding: Finding) => `${finding.id} ${finding.package}`;
  const keys = new Set(known.map(keyOf));
  const unknown = findings.filter((finding) => !keys.has(keyOf(finding)));
  return [...new Map(unknown.map((finding) => [keyOf(finding), finding])).values()];
}

function named({ id, package: name, fixedIn }: Finding): string {
  return `${id} in ${name}${fixedIn ? ` (mended in ${fixedIn})` : ""}`;
}

function summaryOf(version: string | undefined, scanned: Scanned): string {
  const findings = "findings" in scanned ? scanned.findings : [];
  const counts = SEVERITIES.map((severity) => {
    const count = findings.filter((finding) => finding.severity === severity).length;
    return `${count} ${severity.toLowerCase()}`;
  });
  return `${version}: ${counts.join(", ")}`;
}
