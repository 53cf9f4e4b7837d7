import assert from "node:assert/strict";
import { test } from "node:test";
import { explainRelease, type ReleasePlan } from "../../components/openclaw/explain.ts";
import type { SavedRelease } from "../../providers/openclaw/saved.ts";

const [OLD, NEW] = ["2026.2.23", "2026.2.26"].map((version) => ({
  version,
  image: `ghcr.io/openclaw/openclaw:${version}`,
})) as [Image, Image];
interface Image {
  version: string;
  image: string;
}
const RELEASES = "/opt/javisi/data/openclaw-releases";
const SAVED: SavedRelease = {
  name: "2026-02-20",
  ...OLD,
  imageId: "sha256:1",
  tag: "openclaw:backup-2026-02-20",
  createdAt: "2026-02-20T09:30:00.000Z",
  state: {
    file: `${RELEASES}/2026-02-20/openclaw-state-2026-02-20.tar.gz`,
    sha256: "",
    bytes: 1,
    entries: 1,
    unpacked: 1,
  },
  imageArchive: { file: `${RELEASES}/2026-02-20/image.tar`, sha256: "", bytes: 1 },
  container: `${RELEASES}/2026-02-20/container.json`,
};
const UPGRADE: ReleasePlan = {
  container: "javisi_openclaw",
  running: { ...OLD, ours: true },
  wanted: NEW,
  state: "keep",
  stateWrittenBy: OLD.version,
  differences: [],
  breaking: ["Since 2026.2.26: something else."],
  saved: {
    folder: `${RELEASES}/2026-02-28`,
    tag: "openclaw:backup-2026-02-28",
    copy: "/opt/javisi/backups/openclaw/openclaw-state-2026-02-28.tar.gz",
  },
  scan: "trivy",
  gate: false,
  socket: true,
  seccomp: "default",
  spawn: true,
};
const ROLLBACK: ReleasePlan = {
  ...UPGRADE,
  running: { ...NEW, ours: true },
  wanted: OLD,
  stateWrittenBy: NEW.version,
  restoreFrom: SAVED,
};

test("OPENCLAW-UPG-01: an upgrade is explained: what runs, what will run, what is saved where, what changes, what if it fails", () => {
  assert.equal(
    explainRelease(UPGRADE),
    `OpenClaw goes up from 2026.2.23 to 2026.2.26.
  Runs now    ghcr.io/openclaw/openclaw:2026.2.23, version 2026.2.23
  Will run    ghcr.io/openclaw/openclaw:2026.2.26, version 2026.2.26
  Scan        ghcr.io/openclaw/openclaw:2026.2.26 by trivy, compared with what runs
  Saved       before anything is replaced, with the gateway stopped, and read back:
              - image, state, configuration and container in /opt/javisi/data/openclaw-releases/2026-02-28
              - the image's tag openclaw:backup-2026-02-28, for people: the archive is what counts
              - a copy of the state for Zerobyte, for 3 days: /opt/javisi/backups/openclaw/openclaw-state-2026-02-28.tar.gz
  State       kept, with nothing lost: 2026.2.26 reads what 2026.2.23 wrote
  Changes     - Since 2026.2.26: something else.
  Isolation   user 1000:1000, no new privileges, all capabilities dropped but CHOWN, SETGID and SETUID; seccomp: Docker's default
              Docker through a proxy that lets the agents' sandboxes pass and nothing else; no command runs outside of one
  Smoke test  health, version, plugin and skill, every tool of Plane's, every service, owners, users of processes, logs
              and a spawn from concierge to imhotep
  If it fails 2026.2.23 runs again, with its own image, state and configuration
              pulumi up fails with what was seen; the next one tries again`,
  );
});

test("OPENCLAW-UPG-09: on the way back both ways for the state are said, with what each would lose", () => {
  const kept = explainRelease(ROLLBACK);
  assert.match(kept, /^OpenClaw goes back from 2026\.2\.26 to 2026\.2\.23\./);
  assert.match(kept, /State {7}kept, with nothing lost: 2026\.2\.23 reads what 2026\.2\.26 wrote/);
  assert.match(
    kept,
    /could be replaced by that of 2026\.2\.23, saved on 2026-02-20 at 09:30 UTC; everything since then/,
  );
  assert.match(kept, /pulumi config set openclaw:rollbackState restore/);

  const restored = explainRelease({ ...ROLLBACK, state: "restore" });
  assert.match(
    restored,
    /State {7}replaced by that of 2026\.2\.23, saved on 2026-02-20 .*\/openclaw-state-2026-02-20\.tar\.gz/,
  );
  assert.match(
    restored,
    /everything since then \(sessions, memories, cron jobs\) is lost to the agents, and stays in the archive/,
  );
  assert.match(restored, /because openclaw:rollbackState says so/);
  assert.match(restored, /pulumi config set openclaw:rollbackState keep/);
});

test("OPENCLAW-UPG-10: state that the older version is not known to read is restored for that reason, without another way", () => {
  const text = explainRelease({ ...ROLLBACK, state: "restore", stateWrittenBy: "2026.3.1" });
  assert.match(text, /because 2026\.2\.23 is not known to read what 2026\.3\.1 wrote/);
  assert.doesNotMatch(text, /rollbackState/);
  assert.match(
    explainRelease({ ...ROLLBACK, stateWrittenBy: "2026.3.1" }),
    /kept, though 2026\.2\.23 is not known to read what 2026\.3\.1 wrote/,
  );
});

test("a takeover says whose the container is, with or without a change of version", () => {
  const running = { ...OLD, ours: false };
  const text = explainRelease({ ...UPGRADE, running, breaking: [] });
  assert.match(
    text,
    /^OpenClaw is taken over: javisi_openclaw becomes this stack's, and goes up from 2026\.2\.23 to 2026\.2\.26/,
  );
  assert.match(text, /javisi_openclaw, which something else than this stack made/);
  assert.match(text, /Changes {5}nothing that touches this configuration/);
  const same = explainRelease({ ...UPGRADE, running: { ...NEW, ours: false } });
  assert.match(same, /stays at 2026\.2\.26/);
  assert.match(same, /If it fails what runs now runs again/);
  const unknown = explainRelease({
    ...UPGRADE,
    running: { version: "unknown", image: "openclaw:mine", ours: false },
  });
  assert.match(unknown, /goes from a version that is not known to 2026\.2\.26/);
  assert.match(unknown, /Changes {5}not known/);
});

test("a first install has nothing to save and nothing to go back to", () => {
  const { running: _, saved: __, stateWrittenBy: ___, ...first } = UPGRADE;
  const text = explainRelease({ ...first, breaking: [] });
  assert.match(text, /^OpenClaw 2026\.2\.26 is installed for the first time, as javisi_openclaw\./);
  assert.match(text, /Saved {7}nothing: no gateway runs/);
  assert.match(
    text,
    /Scan {8}\S+ by trivy, with nothing that runs to compare: every finding is new\n {2}Saved/,
  );
  assert.match(text, /If it fails its container is removed, and its state stays/);
  assert.doesNotMatch(text, /Changes/);
});

test("OPENCLAW-UPG-10: what a gateway that is gone has left is said to be saved before another version finds it", () => {
  const { running: _, ...without } = UPGRADE;
  const text = explainRelease({ ...without, left: OLD.version });
  assert.match(
    text,
    /^OpenClaw 2026\.2\.26 is installed as javisi_openclaw, on the state that OpenClaw 2026\.2\.23 left\./,
  );
  assert.match(text, /Runs now {4}nothing/);
  assert.match(
    text,
    /Saved {7}before anything starts, and read back:\n {14}- state and configuration that OpenClaw 2026\.2\.23 left, and its image where the host has that still: in \/opt\/javisi\/data\/openclaw-releases\/2026-02-28/,
  );
  assert.match(text, /kept, with nothing lost: 2026\.2\.26 reads what 2026\.2\.23 wrote/);
  assert.match(text, /Changes {5}- Since 2026\.2\.26: something else\./);
  assert.match(text, /state and configuration are put back as they are now/);

  const { stateWrittenBy: __, ...ofNobody } = without;
  const unknown = explainRelease({ ...ofNobody, left: "unknown", breaking: [] });
  assert.match(unknown, /on the state that a version that is not known left/);
  assert.match(unknown, /kept, though nobody knows which version wrote it/);
});

test("OPENCLAW-UPG-09: the same version with something else changed says what that is, and what becomes of the container", () => {
  assert.equal(
    explainRelease({
      ...UPGRADE,
      running: { ...NEW, ours: true },
      differences: ["memory: 1536 MiB becomes 2048 MiB", "environment: adds OPENAI_API_KEY"],
    }),
    `OpenClaw 2026.2.26 runs in javisi_openclaw, and stays; its container is made again and tested, on the state as it is. What changes:
  - memory: 1536 MiB becomes 2048 MiB
  - environment: adds OPENAI_API_KEY
  If it fails, the container from before runs again, with its own configuration.`,
  );
});

test("OPENCLAW-UPG-15: what the gate of the scan stops is said", () => {
  assert.match(
    explainRelease({ ...UPGRADE, gate: true }),
    /compared with what runs\n {14}a new critical finding stops it before anything is touched \(openclaw:scanGate\)/,
  );
});

test("when nothing is to be done, one line says so", () => {
  assert.equal(
    explainRelease({ ...UPGRADE, running: { ...NEW, ours: true } }),
    "OpenClaw 2026.2.26 runs in javisi_openclaw, and stays: no other version is wanted, nothing is saved.",
  );
});

test("OPENCLAW-UPG-15: what is not done is said: no scan without trivy, no sandboxes without Docker, no spawn without a model", () => {
  const text = explainRelease({
    ...UPGRADE,
    scan: "absent",
    socket: false,
    spawn: false,
    seccomp: "profile",
  });
  assert.match(text, /Scan {8}none: trivy is not on the Docker host/);
  assert.match(text, /no Docker socket: the agents' commands have no sandbox, and do not run/);
  assert.match(
    text,
    /no spawn from concierge to imhotep: no model is configured, so it is reported as not run/,
  );
  assert.match(text, /seccomp: this project's own, narrower than Docker's/);
});
