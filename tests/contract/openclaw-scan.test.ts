import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { type DockerHost, LOCAL_DOCKER } from "../../providers/host/run.ts";
import * as scan from "../../providers/openclaw/scan.ts";
import { scanImage } from "../../providers/openclaw/trivy.ts";

/**
 * Trivy is the one thing here that is not real: its database cannot be had in a closed network. A program of its name
 * takes its place on PATH, and writes a report in the form of trivy's documented JSON.
 */
const host: DockerHost = { address: LOCAL_DOCKER, sshOpts: [] };
const PATH = process.env.PATH ?? "";
const OLD = { version: "2026.2.23", image: "ghcr.io/openclaw/openclaw:2026.2.23" };
const NEW = { version: "2026.2.26", image: "ghcr.io/openclaw/openclaw:2026.2.26" };

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "openclaw-scan-"));
  mkdirSync(join(folder, "bin"));
});
afterEach(() => {
  process.env.PATH = PATH;
  rmSync(folder, { recursive: true, force: true });
});

const inputs = (gate = false): scan.ScanInputs => ({
  host,
  releases: join(folder, "releases"),
  wanted: NEW,
  running: OLD,
  gate,
});
const outsOf = ({ outs }: { outs?: unknown }) => outs as scan.ScanOutputs;

function vulnerability(id: string, severity: string, fixed?: string) {
  const found = { VulnerabilityID: id, PkgName: "openssl", InstalledVersion: "3.0", Severity: severity };
  return fixed ? { ...found, FixedVersion: fixed } : found;
}

/** Its reports by image; the shell lines run before it writes one. */
function installTrivy(reports: Record<string, unknown>, lines = ""): void {
  for (const [image, report] of Object.entries(reports))
    writeFileSync(
      join(folder, image.replaceAll("/", "-")),
      typeof report === "string" ? report : JSON.stringify(report),
    );
  const program = [
    "#!/bin/sh",
    `echo "$@" >> '${folder}/calls'`,
    lines,
    'for image; do :; done; while [ "$1" != --output ]; do shift; done',
    `cat '${folder}'/"$(echo "$image" | tr / -)" > "$2"`,
  ];
  writeFileSync(join(folder, "bin/trivy"), `${program.join("\n")}\n`, { mode: 0o755 });
  process.env.PATH = `${join(folder, "bin")}:${PATH}`;
}

const report = (...vulnerabilities: unknown[]) => ({
  SchemaVersion: 2,
  Results: [
    { Target: "debian", Class: "os-pkgs", Vulnerabilities: vulnerabilities },
    { Target: "Node.js", Class: "lang-pkgs" },
  ],
});
const REPORTS = {
  [OLD.image]: report(vulnerability("CVE-1", "CRITICAL"), vulnerability("CVE-2", "CRITICAL")),
  [NEW.image]: report(
    vulnerability("CVE-2", "CRITICAL"),
    vulnerability("CVE-3", "CRITICAL", "3.1"),
    vulnerability("CVE-4", "HIGH"),
  ),
};

test("OPENCLAW-UPG-15: both images are scanned, the reports kept, and told old against new", async () => {
  installTrivy(REPORTS);
  const outs = outsOf(await scan.create(inputs()));
  assert.equal(outs.scanned, true);
  assert.equal(
    outs.summary,
    "2026.2.23: 2 critical, 0 high, 0 medium, 0 low, 0 unknown; 2026.2.26: 2 critical, 1 high, 0 medium, 0 low, 0 unknown",
  );
  assert.deepEqual(
    outs.newCriticals.map(({ id }) => id),
    ["CVE-3"],
  );
  assert.deepEqual(
    outs.fixedCriticals.map(({ id }) => id),
    ["CVE-1"],
  );
  for (const { version, image } of [OLD, NEW]) {
    const kept = JSON.parse(readFileSync(join(folder, `releases/scans/${version}.json`), "utf8"));
    assert.deepEqual(kept, REPORTS[image]);
  }
  assert.match(readFileSync(join(folder, "calls"), "utf8"), /^image --quiet --format json .*openclaw:2026/m);
});

test("OPENCLAW-UPG-15: the gate stops a release for new critical findings alone, with the command that lets it pass", async () => {
  installTrivy(REPORTS);
  await assert.rejects(
    scan.create(inputs(true)),
    /critical findings that 2026\.2\.23 does not have: CVE-3 in openssl \(mended in 3\.1\)\. .*pulumi config set openclaw:scanGate false/,
  );
  installTrivy({ [OLD.image]: REPORTS[NEW.image], [NEW.image]: REPORTS[NEW.image] });
  assert.equal(outsOf(await scan.create(inputs(true))).scanned, true);
});

test("OPENCLAW-UPG-15: at a first install every critical finding is new, and the gate stops it; without critical ones it passes", async () => {
  installTrivy(REPORTS);
  const first = (gate: boolean) => ({ ...inputs(gate), running: null });
  const outs = outsOf(await scan.create(first(false)));
  assert.deepEqual(
    outs.newCriticals.map(({ id }) => id),
    ["CVE-2", "CVE-3"],
  );
  assert.deepEqual(outs.fixedCriticals, []);
  assert.equal(outs.summary, "2026.2.26: 2 critical, 1 high, 0 medium, 0 low, 0 unknown");
  await assert.rejects(
    scan.create(first(true)),
    /critical findings that are all new, for nothing runs yet: CVE-2 in openssl, CVE-3 .*pulumi config set openclaw:scanGate false/,
  );
  installTrivy({ [NEW.image]: report(vulnerability("CVE-4", "HIGH")) });
  assert.deepEqual(outsOf(await scan.create(first(true))).newCriticals, []);
});

test("OPENCLAW-UPG-15: with the wanted version running, no finding is new", async () => {
  installTrivy(REPORTS);
  const outs = outsOf(await scan.create({ ...inputs(true), running: NEW }));
  assert.deepEqual([outs.newCriticals, outs.fixedCriticals], [[], []]);
});

test("OPENCLAW-UPG-15: the absence of trivy is said, and ends as soon as it is installed", async () => {
  const outs = outsOf(await scan.create(inputs(true)));
  assert.deepEqual(
    [outs.scanned, outs.why],
    [false, `trivy is not installed there (this machine): ${NEW.image} was not scanned`],
  );
  const absent = await scan.read("id", outs);
  assert.equal((await scan.diff("id", absent.props as scan.ScanOutputs, inputs(true))).changes, false);
  installTrivy(REPORTS);
  const present = await scan.read("id", outs);
  assert.equal((await scan.diff("id", present.props as scan.ScanOutputs, inputs(true))).changes, true);
});

test("once the wanted version runs, a preview has nothing to scan", async () => {
  installTrivy(REPORTS);
  const outs = outsOf(await scan.create(inputs()));
  assert.equal((await scan.diff("id", outs, { ...inputs(), running: NEW })).changes, false);
  const back = { ...inputs(), running: NEW, wanted: OLD };
  assert.equal((await scan.diff("id", outs, back)).changes, true);
});

const FAILURES: [what: string, reports: Record<string, unknown>, lines: string, why: RegExp][] = [
  ["that fails", REPORTS, 'echo "FATAL no database" >&2; exit 1', /trivy failed .*FATAL no database/],
  ["whose report is cut short", { ...REPORTS, [NEW.image]: '{"Results":[{"Vuln' }, "", /is not understood/],
  ["whose report has another form", { ...REPORTS, [NEW.image]: { Results: 3 } }, "", /is not understood/],
  ["that writes no report", REPORTS, "exit 0", /No such file/],
];
for (const [what, reports, lines, why] of FAILURES) {
  test(`a trivy ${what} is said, keeps no report, and stops a release only by the gate`, async () => {
    installTrivy(reports, lines);
    const outs = outsOf(await scan.create(inputs()));
    assert.equal(outs.scanned, false);
    assert.match(outs.why, why);
    assert.equal(existsSync(join(folder, "releases/scans/2026.2.26.json")), false);
    await assert.rejects(scan.create(inputs(true)), why);
  });
}

test("a trivy that does not end is given up", async () => {
  installTrivy(REPORTS, "sleep 300");
  const scanned = await scanImage(host, NEW.image, join(folder, "scans/report.json"), 0.5);
  assert.match("failed" in scanned ? scanned.failed : "", /no answer within 0.5 s/);
});
