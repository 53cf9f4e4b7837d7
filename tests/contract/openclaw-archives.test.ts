import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { type DockerHost, LOCAL_DOCKER } from "../../providers/host/run.ts";
import * as backup from "../../providers/openclaw/backup.ts";
import { versionOfImage } from "../../providers/openclaw/imageVersion.ts";
import { pruneSaved } from "../../providers/openclaw/prune.ts";
import { restoreImage, restoreState } from "../../providers/openclaw/restore.ts";
import { saveRelease } from "../../providers/openclaw/save.ts";
import { listSaved, type SavedRelease, type Where } from "../../providers/openclaw/saved.ts";
import { verifySaved } from "../../providers/openclaw/verify.ts";
import * as operator from "../../scripts/openclaw/archives.ts";
import { buildGatewayImage } from "../support/gatewayImage.ts";
import { docker, run } from "../support/stack.ts";
import { Sshd } from "./plugins/sshd.ts";

/** The real engine and real folders; the image is two megabytes with OpenClaw's package.json. */
const NAME = `archives-${process.pid}`;
const IMAGE = `${NAME}:2026.2.23`;
/** Tags are the engine's, which others use too. */
const DATE = `${1000 + (process.pid % 1000)}-02-28`;
const host: DockerHost = { address: LOCAL_DOCKER, sshOpts: [] };
const PATH = process.env.PATH ?? "";

let folder: string;
let where: Where;

const state = (...path: string[]) => join(where.folder, ...path);
const tagOf = ({ tag }: SavedRelease) => tag ?? assert.fail("it has no tag");
const imageOf = ({ imageArchive }: SavedRelease) => imageArchive?.file ?? assert.fail("it has no image");
const modeOf = (path: string) => (statSync(path).mode & 0o7777).toString(8);
const isRunning = async () => (await docker("inspect", "-f", "{{.State.Running}}", NAME)) === "true";
const saveNow = () => saveRelease(host, where, { date: DATE, leaveStopped: false });
const saveAndStop = () => saveRelease(host, where, { date: DATE, leaveStopped: true });

/** Names, contents, modes, owners, times and links of all that is in a folder; sockets are not archived. */
function digest(path: string): string {
  const tar = `tar -c --sort=name --numeric-owner --warning=no-file-ignored -C '${path}' . | sha256sum`;
  return execFileSync("sh", ["-c", tar], { encoding: "utf8" });
}

before(() => buildGatewayImage(IMAGE, "2026.2.23"));
after(async () => {
  await run("docker", ["rmi", "-f", IMAGE]);
});

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "openclaw archives-"));
  where = {
    container: NAME,
    folder: join(folder, "data/openclaw"),
    configFile: join(folder, "configs/openclaw.json"),
    releases: join(folder, "data/openclaw-releases"),
    copies: join(folder, "backups/openclaw"),
    owner: "1000:1000",
  };
  for (const path of ["system/skills", "system/agents/main", "workspace/imhotep", "state"])
    mkdirSync(state(path), { recursive: true });
  mkdirSync(join(folder, "configs"));
  writeFileSync(where.configFile, '{"gateway":{}}');
  writeFileSync(state("system/agents/main/sessions.json"), '{"sessions":25}');
  chmodSync(state("system/agents/main/sessions.json"), 0o600);
  chownSync(state("system/agents/main/sessions.json"), 1000, 1000);
  writeFileSync(state("system/skills/it's a\nskill"), "text");
  chownSync(state("system/skills/it's a\nskill"), 1000, 4242);
  chmodSync(state("workspace/imhotep"), 0o2775);
  symlinkSync("../nowhere", state("system/skills/link"));
  linkSync(state("system/agents/main/sessions.json"), state("state/twin"));
  await startGateway();
});

afterEach(async () => {
  process.env.PATH = PATH;
  await run("docker", ["rm", "-f", NAME]);
  const { text } = await run("docker", ["images", "openclaw", "--format", "{{.Repository}}:{{.Tag}}"]);
  for (const tag of text.split("\n").filter((line) => line.includes(DATE))) await run("docker", ["rmi", tag]);
  await run("umount", [where.releases]);
  rmSync(folder, { recursive: true, force: true });
});

async function startGateway(...flags: string[]): Promise<void> {
  const mount = `${where.folder}:${where.folder}`;
  await docker("run", "-d", "--name", NAME, "-e", `STATE=${where.folder}`, "-v", mount, ...flags, IMAGE);
}

test("OPENCLAW-UPG-01, -10: image, state, configuration and container are saved from a stopped gateway, for root alone", async () => {
  const sockets = createServer().listen(state("state/gateway.sock"));
  const saved = await saveNow();
  sockets.close();
  assert.equal(await isRunning(), true);
  assert.equal(readFileSync(state("system/closed"), "utf8"), "closed\n");
  const id = await docker("inspect", "-f", "{{.Image}}", NAME);
  assert.deepEqual(
    [saved.name, saved.version, saved.image, saved.imageId, saved.tag],
    [DATE, "2026.2.23", IMAGE, id, `openclaw:backup-${DATE}`],
  );
  assert.equal(await docker("inspect", "-f", "{{.Id}}", tagOf(saved)), id);
  const listed = execFileSync("tar", ["-tzf", saved.state.file], { encoding: "utf8" });
  assert.equal(listed.trim().split("\n").length, saved.state.entries);
  assert.match(listed, /^\.\/system\/closed$/m);
  assert.ok(!listed.includes("gateway.sock"));
  assert.equal(JSON.parse(readFileSync(saved.container, "utf8"))[0].Image, id);
  assert.equal(readFileSync(saved.configuration?.file ?? "", "utf8"), '{"gateway":{}}');
  assert.equal(modeOf(where.releases), "700");
  const files = readdirSync(join(where.releases, DATE)).toSorted();
  assert.deepEqual(files, [
    ...["container.json", "image.tar", `openclaw-state-${DATE}.tar.gz`, "openclaw.json", "release.json"],
  ]);
  for (const file of files) assert.equal(modeOf(join(where.releases, DATE, file)), "600", file);
  const copy = join(where.copies, `openclaw-state-${DATE}.tar.gz`);
  assert.deepEqual(readFileSync(copy), readFileSync(saved.state.file));
  assert.equal(modeOf(copy), "600");
  assert.deepEqual(await verifySaved(host, saved), []);
  assert.deepEqual(await listSaved(host, where.releases), [saved]);
});

test("OPENCLAW-UPG-10: a restored state is the saved one to the bit, with owners, modes, times and links", async () => {
  const saved = await saveAndStop();
  const wanted = digest(where.folder);
  await docker("start", NAME);
  writeFileSync(state("system/agents/main/sessions.json"), "worse");
  rmSync(state("system/skills"), { recursive: true });
  const worse = await saveAndStop();
  assert.deepEqual([worse.name, worse.tag], [`${DATE}-2`, saved.tag]);
  assert.equal(await restoreState(host, where, saved, { archivedAs: worse }), undefined);
  assert.equal(digest(where.folder), wanted);
  assert.equal(modeOf(state("workspace/imhotep")), "2775");
  // The container from before sees what is there now.
  await docker("start", NAME);
  const seen = await docker("exec", NAME, "cat", state("system/agents/main/sessions.json"));
  assert.equal(seen, '{"sessions":25}');
  await docker("kill", NAME);
  // A repeat, as after a kill, has nothing left to do.
  const { ino } = statSync(where.folder);
  await restoreState(host, where, saved, { archivedAs: worse });
  assert.equal(statSync(where.folder).ino, ino);
  await restoreState(host, where, worse, { archivedAs: saved });
  assert.equal(readFileSync(state("system/agents/main/sessions.json"), "utf8"), "worse");
});

test("a second archive of the same image takes no room: it is the same file", async () => {
  const [first, second] = [await saveNow(), await saveNow()];
  assert.equal(statSync(imageOf(first)).ino, statSync(imageOf(second)).ino);
  truncateSync(imageOf(second), 1000);
  const third = await saveNow();
  assert.deepEqual(await verifySaved(host, third), [], "a damaged one is not shared");
});

test("OPENCLAW-UPG-01: a tag of that day that names another image stays, ours gets a number", async () => {
  buildGatewayImage(`openclaw:backup-${DATE}`, "2026.2.22");
  const other = await docker("inspect", "-f", "{{.Id}}", `openclaw:backup-${DATE}`);
  assert.equal((await saveNow()).tag, `openclaw:backup-${DATE}-2`);
  assert.equal(await docker("inspect", "-f", "{{.Id}}", `openclaw:backup-${DATE}`), other);
});

test("OPENCLAW-UPG-09: an image that was pruned, tags and all, comes back from its archive under its name", async () => {
  const saved = await saveAndStop();
  await docker("rm", NAME);
  await docker("rmi", IMAGE, tagOf(saved));
  assert.equal(await versionOfImage(host, IMAGE), undefined);
  await restoreImage(host, saved);
  assert.equal(await docker("inspect", "-f", "{{.Id}}", IMAGE), saved.imageId);
  assert.equal(await versionOfImage(host, IMAGE), "2026.2.23");
  await restoreImage(host, saved);
});

const DAMAGES: [what: string, damage: (file: string) => void, said: RegExp][] = [
  ["truncated", (file) => truncateSync(file, 100), /is not what was saved/],
  ["tampered with", (file) => appendFileSync(file, "x"), /is not what was saved/],
  ["missing", (file) => rmSync(file), /is missing/],
];
for (const [what, damage, said] of DAMAGES) {
  test(`OPENCLAW-UPG-10: a state archive that is ${what} is refused before anything is touched`, async () => {
    const saved = await saveAndStop();
    writeFileSync(state("system/new"), "present");
    const present = digest(where.folder);
    damage(saved.state.file);
    await assert.rejects(restoreState(host, where, saved, { discard: true }), said);
    assert.equal(digest(where.folder), present);
    assert.deepEqual(readdirSync(join(folder, "data")).toSorted(), ["openclaw", "openclaw-releases"]);
    assert.match((await verifySaved(host, saved)).join(), said);
  });
}

test("an image archive that is damaged is refused when the engine needs it", async () => {
  const saved = await saveAndStop();
  appendFileSync(imageOf(saved), "x");
  await restoreImage(host, saved);
  await docker("rm", NAME);
  await docker("rmi", IMAGE, tagOf(saved));
  try {
    await assert.rejects(restoreImage(host, saved), /image of release \S+ is gone, .*docker pull/);
  } finally {
    buildGatewayImage(IMAGE, "2026.2.23");
  }
});

test("a state that is in no archive, or a gateway that runs, is not overwritten", async () => {
  const saved = await saveNow();
  await assert.rejects(restoreState(host, where, saved, { archivedAs: saved }), /runs, .*docker stop/);
  await docker("stop", NAME);
  writeFileSync(state("system/new"), "not archived");
  await assert.rejects(
    restoreState(host, where, saved, { archivedAs: saved }),
    /has changed since it was saved as \S+, .*npm run openclaw -- backup/,
  );
  assert.equal(readFileSync(state("system/new"), "utf8"), "not archived");
  const kept = await restoreState(host, where, saved, { discard: true });
  assert.equal(existsSync(state("system/new")), false);
  assert.equal(readFileSync(join(kept ?? "", "system/new"), "utf8"), "not archived");
});

test("what the program writes itself stays as it is now: a token that was rotated since stays rotated (AUTH-03)", async () => {
  where.managed = ["system/plane-bridge"];
  mkdirSync(state("system/plane-bridge"));
  writeFileSync(state("system/plane-bridge/token"), "old");
  const saved = await saveAndStop();
  writeFileSync(state("system/plane-bridge/token"), "new");
  mkdirSync(state("system/later"));
  chownSync(state("system/later"), 1000, 1000);
  symlinkSync("../plane-bridge", state("system/later/link"));
  where.managed.push("system/later/link");
  await restoreState(host, where, saved, { discard: true });
  assert.equal(readFileSync(state("system/plane-bridge/token"), "utf8"), "new");
  assert.equal(readFileSync(state("system/later/link/token"), "utf8"), "new");
  assert.equal(statSync(state("system/later")).uid, 1000);
});

test("a sandbox that writes into the state is stopped before it is saved, and removed when it is replaced", async () => {
  const sandbox = `${NAME}-sandbox`;
  const write = "while :; do date > /workspace/now; done";
  const flags = ["-v", `${state("workspace")}:/workspace`, "--label", "openclaw.sandbox=1"];
  await docker("run", "-d", "--name", sandbox, ...flags, IMAGE, "sh", "-c", write);
  try {
    const saved = await saveAndStop();
    assert.equal(await docker("inspect", "-f", "{{.State.Running}}", sandbox), "false");
    await restoreState(host, where, saved, { archivedAs: saved });
    assert.equal((await run("docker", ["inspect", sandbox])).code, 1);
  } finally {
    await run("docker", ["rm", "-f", sandbox]);
  }
});

test("where there is too little room nothing is stopped, and what is needed and free is said", async () => {
  mkdirSync(where.releases, { recursive: true });
  await docker("exec", NAME, "true");
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=4m", "tmpfs", where.releases]);
  await assert.rejects(
    saveNow(),
    /saving archives-\d+ needs \d+\.\d MiB in .*openclaw-releases, and [34]\.\d MiB are free .* docker image prune/,
  );
  assert.equal(await isRunning(), true);
  assert.equal(existsSync(state("system/closed")), false);
});

test("OPENCLAW-UPG-10: a disk that fills up meanwhile leaves no half release, and the gateway runs again", async () => {
  mkdirSync(where.releases, { recursive: true });
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=40m", "tmpfs", where.releases]);
  // Somebody else writes while the state is saved.
  shim(
    ["tar"],
    `[ "$1" != --create ] || dd if=/dev/zero of='${where.releases}/other' bs=1M count=64 2> /dev/null || :`,
  );
  await assert.rejects(
    saveNow(),
    /archiving the state failed on this machine: .*(No space left|not what was written)/s,
  );
  process.env.PATH = PATH;
  assert.equal(await isRunning(), true);
  assert.deepEqual(readdirSync(where.releases), ["other"]);
  rmSync(join(where.releases, "other"));
  assert.deepEqual(await verifySaved(host, await saveNow()), []);
});

/** Puts a line of shell before each call of some programs. */
function shim(programs: string[], line: string): void {
  const bin = join(folder, "bin");
  mkdirSync(bin, { recursive: true });
  for (const program of programs) {
    const real = execFileSync("sh", ["-c", `command -v ${program}`], {
      env: { PATH },
      encoding: "utf8",
    }).trim();
    writeFileSync(join(bin, program), `#!/bin/sh\nREAL=${real}\n${line}\nexec $REAL "$@"\n`, { mode: 0o755 });
  }
  process.env.PATH = `${bin}:${PATH}`;
}

/** Runs a function of a module of ours in a process group that is killed, as a whole, at the k-th call of a program. */
async function killedAt(k: number, module: string, call: string): Promise<boolean> {
  const calls = join(folder, "calls");
  rmSync(calls, { recursive: true, force: true });
  mkdirSync(calls);
  shim(
    ["docker", "tar", "mv", "rm", "cp", "ln", "install", "mkdir"],
    [
      // What only reads may be killed like what follows it.
      'case "$(basename "$0") $1" in docker\\ *inspect | docker\\ container | docker\\ image | docker\\ ps | tar\\ -*O*) exec $REAL "$@" ;; esac',
      // A number each, also for those that run at once.
      `k=1; until /bin/mkdir '${calls}'/$k 2> /dev/null; do k=$((k + 1)); done`,
      `[ $k -eq ${k} ] || exec $REAL "$@"`,
      // What writes an archive is killed half-way.
      'case "$1" in save | --create) $REAL "$@" | head -c 2000 ;; esac',
      "kill -9 0",
    ].join("\n"),
  );
  const program = `const { ${call.slice(0, call.indexOf("("))} } = await import(${JSON.stringify(join(import.meta.dirname, "../../providers/openclaw", module))}); await ${call};`;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", program], {
    detached: true,
    stdio: ["ignore", "ignore", "inherit"],
  });
  const signal = await new Promise((resolve) => child.on("close", (_, signal) => resolve(signal)));
  process.env.PATH = PATH;
  return signal === "SIGKILL";
}

test("OPENCLAW-UPG-01: a save that is killed at any step leaves no half release, and the next one ends with a running gateway", {
  timeout: 300_000,
}, async () => {
  const first = await saveNow();
  const call = `saveRelease(${JSON.stringify(host)}, ${JSON.stringify(where)}, { date: "${DATE}", leaveStopped: false })`;
  let k = 1;
  for (; await killedAt(k, "save.ts", call); k++) {
    for (const each of await listSaved(host, where.releases))
      assert.deepEqual(await verifySaved(host, each), [], `killed at call ${k}`);
    const next = await saveNow();
    assert.equal(await isRunning(), true, `killed at call ${k}`);
    assert.deepEqual(await verifySaved(host, next), [], `killed at call ${k}`);
    const left = readdirSync(where.releases).filter((name) => name.startsWith("."));
    assert.deepEqual(left, [], `killed at call ${k}`);
    await pruneSaved(host, where.releases, 1, [first.version]);
  }
  assert.ok(k > 15, `${k} calls were killed`);
});

test("OPENCLAW-UPG-10: a restore that is killed at any step leaves the old state or the new one, and a repeat ends it", {
  timeout: 300_000,
}, async () => {
  const saved = await saveAndStop();
  const restored = digest(where.folder);
  writeFileSync(state("system/new"), "later");
  const later = await saveAndStop();
  const present = digest(where.folder);
  const call = `restoreState(${JSON.stringify(host)}, ${JSON.stringify(where)}, ${JSON.stringify(saved)}, ${JSON.stringify({ archivedAs: later })})`;
  const whole = () => [where.folder, `${where.folder}.restored`].filter(existsSync).map(digest);
  let k = 1;
  for (; await killedAt(k, "restore.ts", call); k++) {
    assert.ok(
      whole().some((each) => [restored, present].includes(each)),
      `killed at call ${k}`,
    );
    await restoreState(host, where, saved, { archivedAs: later });
    assert.equal(digest(where.folder), restored, `killed at call ${k}`);
    assert.deepEqual(
      readdirSync(join(folder, "data")).filter((name) => /restoring|restored$|before/.test(name)),
      [],
      `killed at call ${k}`,
    );
    await restoreState(host, where, later, { archivedAs: saved });
    assert.equal(digest(where.folder), present);
  }
  assert.ok(k > 6, `${k} calls were killed`);
});

test("OPENCLAW-UPG-09: pruned releases go with their tags, and not with a tag that another one has", async () => {
  const saved = [await saveNow(), await saveNow(), await saveNow()];
  assert.deepEqual(await pruneSaved(host, where.releases, 1, ["2026.2.23"]), [`${DATE}-2`, DATE]);
  assert.deepEqual(await listSaved(host, where.releases), [saved[2]]);
  assert.equal(await docker("inspect", "-f", "{{.Id}}", `openclaw:backup-${DATE}`), saved[2]?.imageId);
  const { text } = await run("ls", ["-A", where.releases]);
  assert.equal(text, `${DATE}-3\n`);
});

test("a manifest that cannot be read is named, with the way out", async () => {
  const saved = await saveNow();
  writeFileSync(join(where.releases, saved.name, "release.json"), "{}");
  await assert.rejects(listSaved(host, where.releases), /release\.json is not the manifest .* mv /);
});

/** What the preflight would say. */
async function inputs(wanted: string, ours = true): Promise<backup.BackupInputs> {
  const { code, text } = await run("docker", ["inspect", "-f", "{{.Image}}", NAME]);
  const running = code === 0 ? { version: "2026.2.23", imageId: text.trim(), ours } : null;
  return { host, where, running, left: null, wanted, date: DATE, keep: 3 };
}
const savedBy = ({ outs }: { outs?: { saved: SavedRelease | null } }) => outs?.saved;

test("OPENCLAW-UPG-09: the backup of an upgrade leaves the gateway stopped, and is not made twice when that has not run since", async () => {
  const created = await backup.create(await inputs("2026.2.26"));
  assert.equal(savedBy(created)?.version, "2026.2.23");
  assert.equal(await isRunning(), false);
  const olds = created.outs as backup.BackupOutputs;
  rmSync(where.copies, { recursive: true });
  // By a release that was killed: not what belongs to this version.
  writeFileSync(state("system/agents/main/sessions.json"), "migrated");
  const again = await backup.update("", olds, await inputs("2026.2.26"));
  assert.deepEqual(savedBy(again), olds.saved);
  assert.deepEqual(readdirSync(where.copies), [`openclaw-state-${DATE}.tar.gz`]);
  await docker("start", NAME);
  assert.equal(savedBy(await backup.update("", olds, await inputs("2026.2.26")))?.name, `${DATE}-2`);
});

test("a first installation, and a version that runs already, have nothing to save; a container that is not ours has", async () => {
  const same = await inputs("2026.2.23");
  assert.equal(savedBy(await backup.create(same)), null);
  assert.equal(await isRunning(), true);
  assert.equal(savedBy(await backup.create(await inputs("2026.2.23", false)))?.name, DATE);
  await docker("rm", "-f", NAME);
  rmSync(where.folder, { recursive: true });
  assert.equal(savedBy(await backup.create(await inputs("2026.2.26"))), null);
});

test("once the wanted version runs, a preview has no backup to make; another version is one", async () => {
  const upgrade = await inputs("2026.2.26");
  const olds: backup.BackupOutputs = { ...upgrade, saved: null };
  const after = { ...upgrade, running: { version: "2026.2.26", imageId: "sha256:other", ours: true } };
  assert.equal((await backup.diff("", olds, after)).changes, false);
  assert.equal((await backup.diff("", olds, { ...after, wanted: "2026.2.23" })).changes, true);
  assert.equal((await backup.diff("", olds, upgrade)).changes, true, "a release that failed is tried again");
});

test("an archive that is cut short is drift, and said when it cannot be made again", async (t) => {
  const created = await backup.create(await inputs("2026.2.26"));
  const olds = created.outs as backup.BackupOutputs;
  const clean = await backup.read("id", olds);
  const settled = { ...olds, running: null };
  assert.equal((await backup.diff("", clean.props as backup.BackupOutputs, settled)).changes, false);
  truncateSync(olds.saved?.state.file ?? "", 100);
  const { props } = await backup.read("id", olds);
  assert.equal((await backup.diff("", props as backup.BackupOutputs, settled)).changes, true);
  const said = t.mock.method(console, "log", () => {});
  await docker("rm", "-f", NAME);
  // Of what there is still, the state: who wrote it was never noted.
  const again = savedBy(await backup.update("", props as backup.BackupOutputs, settled));
  assert.deepEqual([again?.version, again?.imageArchive], ["unknown", undefined]);
  assert.match(
    String(said.mock.calls[0]?.arguments[0]),
    /\d-02-28 \(OpenClaw 2026.2.23\).* is gone or damaged/,
  );
});

test("an operator sees what runs and what is saved, saves, and restores with the present state saved first", async () => {
  const before = (await operator.status(host, where)).join("\n");
  assert.match(before, /^Gateway {2}archives-\d+: OpenClaw 2026\.2\.23, running, since .*Saved {4}none in /s);
  const said = await operator.backup(host, where, 3);
  const name = /is saved as (\S+):/.exec(said[0] ?? "")?.[1] ?? "";
  const [saved] = await listSaved(host, where.releases);
  assert.equal(saved?.name, name);
  writeFileSync(state("system/agents/main/sessions.json"), "later");
  assert.match((await operator.restore(host, where, name)).join(), /what was there is saved as .*-2/);
  assert.equal(readFileSync(state("system/agents/main/sessions.json"), "utf8"), '{"sessions":25}');
  assert.equal(await isRunning(), true);
  const lines = await operator.list(host, where);
  assert.equal(lines.length, 2);
  assert.match(
    lines[0] ?? "",
    /-2 {2}OpenClaw 2026\.2\.23 .* UTC {2}image \d+\.\d MiB, state 0\.0 MiB \(\d+ entries\)/,
  );
  await run("docker", ["rmi", saved?.tag ?? ""]);
});

test("an operator is told of a name that is not saved, a damaged archive, and a state that the version does not read", async () => {
  const saved = await saveNow();
  appendFileSync(imageOf(saved), "x");
  await assert.rejects(
    operator.restore(host, where, DATE),
    /is damaged, and nothing was touched: .*image\.tar/,
  );
  await assert.rejects(
    operator.restore(host, where, "1999"),
    /no saved release "1999" .*; there are: \d+-02-28/,
  );
  const manifest = join(where.releases, DATE, "release.json");
  writeFileSync(manifest, readFileSync(manifest, "utf8").replace("2026.2.23", "2026.3.1"));
  await assert.rejects(
    operator.restore(host, where, DATE),
    /2026\.2\.23 is not known to read what 2026\.3\.1 wrote\. .*pulumi config set openclaw:version 2026\.3\.1/,
  );
  assert.equal(await isRunning(), true);
});

test("on another host, over ssh, all of it is the same", async () => {
  const sshd = new Sshd();
  await sshd.start();
  const socket = ["-o", `ControlPath=${join(sshd.folder, "%C")}`];
  const remote: DockerHost = {
    address: `ssh://root@127.0.0.1:${sshd.port}`,
    sshOpts: [
      ...["-i", join(sshd.folder, "user"), ...socket, "-o", "StrictHostKeyChecking=no"],
      ...["-o", `UserKnownHostsFile=${join(sshd.folder, "known_hosts")}`, "-o", "ConnectionAttempts=5"],
    ],
  };
  try {
    const saved = await saveRelease(remote, where, { date: DATE, leaveStopped: true });
    assert.deepEqual(await verifySaved(remote, saved), []);
    const wanted = digest(where.folder);
    writeFileSync(state("system/new"), "worse");
    await restoreState(remote, where, saved, { discard: true });
    assert.equal(digest(where.folder), wanted);
  } finally {
    await run("ssh", [...socket, "-O", "exit", "-p", String(sshd.port), "root@127.0.0.1"]);
    sshd.stop();
  }
});
