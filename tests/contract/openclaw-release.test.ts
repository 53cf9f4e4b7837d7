import assert from "node:assert/strict";
import { execFileSync, type SpawnSyncOptionsWithStringEncoding, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { differences } from "../../components/openclaw/differences.ts";
import { runningGateway } from "../../components/openclaw/found.ts";
import { LOCAL_DOCKER } from "../../providers/host/run.ts";
import * as backup from "../../providers/openclaw/backup.ts";
import { healthCommand } from "../../providers/openclaw/health.ts";
import * as provider from "../../providers/openclaw/release.ts";
import { restoreImage } from "../../providers/openclaw/restore.ts";
import { saveRelease } from "../../providers/openclaw/save.ts";
import { listSaved, type SavedRelease } from "../../providers/openclaw/saved.ts";
import { verifySaved } from "../../providers/openclaw/verify.ts";
import { writerOf } from "../../providers/openclaw/writer.ts";
import { buildFakeOpenclaw, type Fault } from "../support/fakeOpenclaw.ts";

// The real engine; of OpenClaw a stand-in, so that every way to fail takes seconds.
const own = `plane-ops-release-${process.pid}`;
const host = { address: LOCAL_DOCKER, sshOpts: [] };
const image = (tag: string) => `${own}:${tag}`;
const SECRET = "sk-model-key-0123456789";
const home = mkdtempSync(join(tmpdir(), "plane-ops-release-"));
const IMAGES: Record<string, [string, Fault]> = {
  "2026.2.23": ["2026.2.23", "none"],
  "2026.2.26": ["2026.2.26", "none"],
  "2026.2.22": ["2026.2.22", "none"],
  exits: ["2026.2.26", "exits"],
  mute: ["2026.2.26", "mute"],
  lame: ["2026.2.26", "lame"],
  denied: ["2026.2.26", "denied"],
};

let root: string;
let number = 0;
let name: string;

before(() => {
  for (const [tag, [version, fault]] of Object.entries(IMAGES)) buildFakeOpenclaw(image(tag), version, fault);
  for (const network of ["backend", "egress"]) docker("network", "create", "--internal", `${own}-${network}`);
});
beforeEach(() => {
  number += 1;
  name = `${own}-${number}`;
  root = join(home, String(number));
  mkdirSync(root);
});
afterEach(() => {
  const left = docker("ps", "--all", "--quiet", "--filter", `name=^/${name}`);
  if (left !== "") docker("rm", "--force", ...left.split("\n"));
});
after(async () => {
  const saved = (await listSaved(host, join(home, "releases"))).map(({ tag }) => tag);
  const tags = docker("image", "ls", "--format", "{{.Repository}}:{{.Tag}}").split("\n");
  for (const tag of tags.filter((each) => saved.includes(each))) docker("image", "rm", tag);
  for (const network of ["backend", "egress"]) docker("network", "rm", `${own}-${network}`);
  for (const tag of Object.keys(IMAGES)) docker("image", "rm", "--force", image(tag));
  rmSync(home, { recursive: true, force: true });
});

function docker(...words: string[]): string {
  return execFileSync("docker", words, { encoding: "utf8", stdio: "pipe" }).trim();
}

/** What {@link provider.check} makes of what a stack asks for. */
async function wanted(
  tag = "2026.2.23",
  changed: Partial<provider.ReleaseInputs> = {},
): Promise<Parameters<typeof provider.create>[0]> {
  const folder = join(root, "data/openclaw");
  const configurationFile = join(root, "configs/openclaw.json");
  const version = IMAGES[tag]?.[0] ?? tag;
  const inputs: provider.ReleaseInputs = {
    host,
    spec: {
      name,
      image: image(tag),
      user: "1000:1000",
      memory: 256,
      cpus: 1,
      capAdd: ["CHOWN", "SETGID", "SETUID"],
      networks: ["backend", "egress"].map((network) => ({
        name: `${own}-${network}`,
        aliases: ["openclaw"],
      })),
      binds: [
        { host: folder, container: folder, readOnly: false },
        { host: configurationFile, container: `${folder}/system/openclaw.json`, readOnly: true },
      ],
      labels: { "io.javisi.owner": own, "io.javisi.openclaw.version": version },
      health: { command: healthCommand(18789), interval: 1, startPeriod: 4 },
    },
    environment: {
      HOME: `${folder}/system`,
      OPENCLAW_STATE_DIR: `${folder}/system`,
      OPENCLAW_GATEWAY_TOKEN: "gateway-token-0123456789",
      MODEL_KEY: SECRET,
    },
    version,
    configuration: JSON.stringify({ for: version }),
    configurationFile,
    folders: [
      { path: `${folder}/system`, mode: "700" },
      { path: `${folder}/workspace`, mode: "755" },
    ],
    where: {
      container: name,
      folder,
      configFile: configurationFile,
      // Shared, so that an image is saved once.
      releases: join(home, "releases"),
      copies: join(root, "backups"),
      owner: "1000:1000",
    },
    rollbackState: "keep",
    backup: null,
    adopt: false,
    sandboxes: `${name}-sbx-`,
    smoke: {
      container: name,
      port: 18789,
      version,
      user: "1000:1000",
      tools: [
        { name: "plane_list_my_tasks", callers: "everyone", asks: false },
        { name: "plane_add_comment", callers: "everyone", asks: true },
        { name: "plane_create_task", callers: "concierge", asks: true },
      ],
      agents: { concierge: "concierge", imhotep: "builder" },
      services: { plane: "http://127.0.0.1:18789/healthz", postgresql: "tcp://openclaw:18789" },
      spawn: true,
      folders: [`${folder}/workspace`],
    },
    ...changed,
  };
  return (await provider.check({}, inputs)).inputs as Parameters<typeof provider.create>[0];
}

async function installed(tag = "2026.2.23"): Promise<provider.ReleaseOutputs> {
  const { outs } = await provider.create(await wanted(tag));
  return outs as provider.ReleaseOutputs;
}

function inspect(container = name) {
  return JSON.parse(docker("container", "inspect", container))[0];
}

/** Of everything in the gateway's folder: path, kind, mode, owner, content. */
function stateHash(): string {
  const folder = join(root, "data/openclaw");
  const listing = execFileSync(
    "sh",
    ["-c", "find . -printf '%p %y %m %U:%G\\n' | sort; find . -type f | sort | xargs sha256sum"],
    { cwd: folder, encoding: "utf8" },
  );
  return createHash("sha256").update(listing).digest("hex");
}

const configuration = () => readFileSync(join(root, "configs/openclaw.json"), "utf8");
const sessions = () => readFileSync(join(root, "data/openclaw/system/sessions"), "utf8");
const containers = () =>
  docker("ps", "--all", "--format", "{{.Names}}", "--filter", `name=^/${name}`).split("\n").sort();

test("OPENCLAW-UPG-02, OPENCLAW-UPG-03, OPENCLAW-UPG-05: a first install runs hardened, passes its smoke test, and a second look finds nothing to do", async () => {
  const outs = await installed();
  const { Config, HostConfig, NetworkSettings, State } = inspect();
  assert.equal(State.Health.Status, "healthy");
  assert.equal(Config.User, "1000:1000");
  assert.deepEqual(HostConfig.CapDrop, ["ALL"]);
  assert.deepEqual(
    HostConfig.CapAdd.map((each: string) => each.replace("CAP_", "")),
    ["CHOWN", "SETGID", "SETUID"],
  );
  assert.deepEqual(HostConfig.SecurityOpt, ["no-new-privileges:true"]);
  assert.equal(HostConfig.RestartPolicy.Name, "unless-stopped");
  assert.equal(HostConfig.Memory, 256 * 1024 * 1024);
  assert.equal(HostConfig.MemorySwap, 512 * 1024 * 1024);
  assert.deepEqual(HostConfig.LogConfig, {
    Type: "json-file",
    Config: { "max-file": "3", "max-size": "10m" },
  });
  for (const network of ["backend", "egress"])
    assert.ok(NetworkSettings.Networks[`${own}-${network}`].Aliases.includes("openclaw"));
  assert.equal(statSync(join(root, "configs/openclaw.json")).mode & 0o777, 0o600);
  assert.deepEqual(containers(), [name]);

  const names = outs.report.checks.map(({ name }) => name);
  assert.deepEqual(names, [
    ...["health", "version", "skill", "plugin"],
    ...["tool plane_list_my_tasks", "tool plane_add_comment", "tool plane_create_task"],
    ...["service plane", "service postgresql", "spawn", "processes", "ownership", "log"],
  ]);
  assert.ok(outs.report.ok);

  const running = await runningGateway(host, name, outs.configurationFile);
  const { spec, environment: variables, configuration } = outs;
  assert.deepEqual(differences({ spec, variables, later: [], configuration }, running ?? assert.fail()), []);
  const again = await provider.read(name, outs);
  const { changes } = await provider.diff(name, again.props as provider.ReleaseOutputs, await wanted());
  assert.equal(changes, false);
});

test("OPENCLAW-UPG-01, OPENCLAW-UPG-10: an upgrade saves what ran, and keeps its state for the new version", async () => {
  const olds = await installed();
  const { outs } = await provider.update(name, olds, await wanted("2026.2.26"));
  const { runs, seconds } = outs as provider.ReleaseOutputs;
  assert.equal(runs, "2026.2.26");
  assert.equal(sessions(), "written by 2026.2.26\n");
  assert.deepEqual(containers(), [name]);
  assert.deepEqual(Object.keys(seconds), ["image", "stop", "state", "start", "smoke"]);
  const [saved] = await listSaved(host, (await wanted()).where.releases);
  assert.equal(saved?.version, "2026.2.23");
});

for (const [tag, why, seen] of [
  ["exits", /did not start: it is exited/, /this version does not start/],
  ["mute", /is unhealthy|was not healthy/, /gateway 2026\.2\.26/],
  ["lame", /does not pass the smoke test/, /FAILED tool plane_list_my_tasks \(.*Plane does not answer/],
  ["denied", /does not pass the smoke test/, /FAILED log .*EACCES/],
] as const) {
  test(`OPENCLAW-UPG-09: a version that is "${tag}" is taken back: the old one runs, its state as it was`, async () => {
    const olds = await installed();
    const before = stateHash();
    const { Id } = inspect();
    await assert.rejects(provider.update(name, olds, await wanted(tag)), (error: Error) => {
      assert.match(error.message, /^OpenClaw 2026\.2\.26 was not taken: /);
      assert.match(error.message, why);
      assert.match(error.message, seen);
      assert.match(
        error.message,
        /OpenClaw 2026\.2\.23 runs again, with its own configuration and its state from/,
      );
      assert.match(error.message, /pulumi config set openclaw:version 2026\.2\.23/);
      assert.ok(!error.message.includes(SECRET), "no secret of the log");
      assert.equal(error.stack, "");
      return true;
    });
    assert.equal(stateHash(), before);
    assert.equal(configuration(), JSON.stringify({ for: "2026.2.23" }));
    const { State, HostConfig, Id: now } = inspect();
    assert.equal(now, Id);
    assert.equal(State.Health.Status, "healthy");
    assert.equal(HostConfig.RestartPolicy.Name, "unless-stopped");
    assert.deepEqual(containers(), [name]);

    const { outs } = await provider.update(name, olds, await wanted("2026.2.26"));
    assert.equal((outs as provider.ReleaseOutputs).runs, "2026.2.26");
  });
}

test("OPENCLAW-UPG-09: an image that is nowhere leaves the old version running, also when it was stopped for a backup", async () => {
  const olds = await installed();
  const missing = await wanted("2026.2.26");
  const before = stateHash();
  const backup = await saveRelease(host, missing.where, { leaveStopped: true });
  const spec = { ...missing.spec, image: `${own}.invalid/openclaw:2026.2.99` };
  await assert.rejects(
    provider.update(name, olds, { ...missing, spec, backup, version: "2026.2.99" }),
    /2026\.2\.99 is not on the host, .* and cannot be pulled.*Load it there[\s\S]*2026\.2\.23 runs again/,
  );
  assert.equal(inspect().State.Health.Status, "healthy");
  assert.equal(stateHash(), before);
});

test("a configuration that the same version does not take is put back, and nothing is archived for it", async () => {
  const olds = await installed();
  const saved = (await listSaved(host, olds.where.releases)).length;
  const { Id } = inspect();
  await assert.rejects(
    provider.update(name, olds, await wanted("2026.2.23", { configuration: "{ not JSON" })),
    /did not start[\s\S]*2026\.2\.23 runs again, with its own configuration and the state as it is/,
  );
  assert.equal(configuration(), JSON.stringify({ for: "2026.2.23" }));
  assert.equal(inspect().Id, Id);
  assert.equal((await listSaved(host, olds.where.releases)).length, saved);
});

test("OPENCLAW-UPG-09: a rollback restores the state that belongs to the version; one that fails puts the newer state back", async () => {
  const first = await installed();
  const { outs } = await provider.update(name, first, await wanted("2026.2.26"));
  const later = join(root, "data/openclaw/system/later");
  writeFileSync(later, "");
  chownSync(later, 1000, 1000);
  const second = outs as provider.ReleaseOutputs;
  const newer = stateHash();
  const [saved] = await listSaved(host, first.where.releases);
  const back = { rollbackState: "restore", restoreFrom: saved?.name ?? "" } as const;
  const lame = await wanted("lame", { ...back, version: "2026.2.23" });
  await assert.rejects(provider.update(name, second, lame), /2026\.2\.26 runs again.*its state from/);
  assert.equal(stateHash(), newer);
  await provider.update(name, second, await wanted("2026.2.23", back));
  assert.equal(existsSync(later), false);
  assert.equal(sessions(), "written by 2026.2.23\n");
  assert.deepEqual(containers(), [name]);
});

/** Changes of the engine, which a kill comes before; looks change nothing. */
const CHANGES = "create|start|stop|update|rename|rm|network|exec|save|tag";

test("OPENCLAW-UPG-09, OPENCLAW-UPG-10: killed before any of its changes, a release that is run again converges, and one that is called off leaves the state as it was", async (context) => {
  const calm = async (tag: string) => {
    const { smoke, ...others } = await wanted(tag);
    return { ...others, smoke: { ...smoke, spawn: false } };
  };
  let current = await installed();
  let killed = 0;
  for (;;) {
    const target = current.version === "2026.2.23" ? "2026.2.26" : "2026.2.23";
    const before = stateHash();
    const end = runAndKill(current, await calm(target), killed + 1);
    if (end === "done") break;
    killed += 1;
    const next = killed % 2 === 0 ? target : current.version;
    current = (await provider.update(name, current, await calm(next))).outs as provider.ReleaseOutputs;
    context.diagnostic(`killed before change ${killed}, then ${next}`);
    assert.deepEqual(containers(), [name]);
    assert.equal(inspect().State.Health.Status, "healthy");
    assert.equal(inspect().Config.Image, image(next));
    assert.equal(inspect().HostConfig.RestartPolicy.Name, "unless-stopped");
    assert.equal(configuration(), JSON.stringify({ for: next }));
    assert.equal(sessions(), `written by ${next}\n`);
    if (next !== target) assert.equal(stateHash(), before);
  }
  assert.ok(killed >= 10, `only ${killed} changes`);
});

/** An update in a process of its own, which dies with all that it started before one of its changes. */
function runAndKill(olds: object, news: object, change: number): "killed" | "done" {
  const bin = join(root, "bin");
  mkdirSync(bin, { recursive: true });
  const real = execFileSync("sh", ["-c", "command -v docker"], { encoding: "utf8" }).trim();
  const count = join(bin, "count");
  writeFileSync(count, "");
  writeFileSync(
    join(bin, "docker"),
    [
      "#!/bin/sh",
      `case "$1" in ${CHANGES})`,
      `  printf x >> ${count}`,
      // All of its process group.
      `  [ "$(wc -c < ${count})" -lt ${change} ] || kill -9 0 ;;`,
      "esac",
      `exec ${real} "$@"`,
    ].join("\n"),
    { mode: 0o755 },
  );
  const module = join(import.meta.dirname, "../../providers/openclaw/release.ts");
  const program = `
    import { text } from "node:stream/consumers";
    import { update } from ${JSON.stringify(module)};
    const { olds, news } = JSON.parse(await text(process.stdin));
    await update("", olds, news);`;
  const { status, signal, stderr } = spawnSync(process.execPath, ["--input-type=module", "--eval", program], {
    input: JSON.stringify({ olds, news }),
    env: { ...process.env, PATH: `${bin}:${process.env["PATH"]}` },
    encoding: "utf8",
    detached: true,
  } as SpawnSyncOptionsWithStringEncoding);
  if (signal === "SIGKILL") return "killed";
  assert.equal(status, 0, stderr);
  return "done";
}

for (const [what, change] of [
  ["a stopped gateway", () => docker("stop", "--time", "5", name)],
  ["a gateway that was removed", () => docker("rm", "--force", name)],
  ["another memory limit", () => docker("update", "--memory", "128m", "--memory-swap", "256m", name)],
  ["a network that was taken away", () => docker("network", "disconnect", `${own}-egress`, name)],
  ["an edited openclaw.json", () => writeFileSync(join(root, "configs/openclaw.json"), "{}")],
] as const) {
  test(`drift: ${what} is seen and mended`, async () => {
    const olds = await installed();
    change();
    const { props, inputs } = await provider.read(name, olds);
    assert.notDeepEqual(inputs, await wanted());
    const found = props as provider.ReleaseOutputs;
    assert.equal((await provider.diff(name, found, await wanted())).changes, true);
    const { outs } = await provider.update(name, found, await wanted());
    const after = await provider.read(name, outs as provider.ReleaseOutputs);
    const { changes } = await provider.diff(name, after.props as provider.ReleaseOutputs, await wanted());
    assert.equal(changes, false);
    assert.equal(inspect().State.Health.Status, "healthy");
    assert.equal(configuration(), (await wanted()).configuration);
  });
}

/** What a refresh finds, and of what the diff says that it differs from what is wanted. */
async function drift(olds: provider.ReleaseOutputs) {
  const { props } = await provider.read(name, olds);
  const found = props as provider.ReleaseOutputs;
  const news = await wanted();
  const { changes } = await provider.diff(name, found, news);
  assert.equal(changes, !isDeepStrictEqual([found.spec, found.hardening], [news.spec, news.hardening]));
  return { found, news };
}

test("OPENCLAW-UPG-03, OPENCLAW-UPG-15: drift: whatever `docker update` can change is named, and all of it is mended at once", async () => {
  const olds = await installed();
  const { hardening } = (await drift(olds)).found;
  const change = (option: string, value: string) => docker("update", option, value, name);
  for (const [property, option, other, value, own] of [
    ["restart", "--restart", "no", "no", "unless-stopped"],
    ["pidsLimit", "--pids-limit", "4096", 4096, "1024"],
    ["memorySwap", "--memory-swap", "1g", 1024, "512m"],
  ] as const) {
    change(option, other);
    const { found } = await drift(olds);
    assert.deepEqual(found.hardening, { ...hardening, [property]: value });
    change(option, own);
    assert.deepEqual((await drift(olds)).found.hardening, hardening);
  }
  change("--restart", "no");
  change("--pids-limit", "-1");
  change("--memory-swap", "-1");
  docker("network", "connect", "bridge", name);
  const { found, news } = await drift(olds);
  assert.deepEqual(found.hardening, { ...hardening, restart: "no", pidsLimit: -1, memorySwap: -1 });
  assert.deepEqual(found.spec.networks.at(-1), { name: "bridge", aliases: [] });

  const { outs } = await provider.update(name, found, news);
  const mended = (await drift(outs as provider.ReleaseOutputs)).found;
  assert.deepEqual([mended.hardening, mended.spec], [hardening, news.spec]);
  assert.equal(sessions(), "written by 2026.2.23\n");
});

test("OPENCLAW-UPG-03, OPENCLAW-UPG-15: drift: a container that was made again by hand shows all that it lost", async () => {
  const olds = await installed();
  docker("rm", "--force", name);
  docker(
    ...["create", "--name", name, "--label", `io.javisi.owner=${own}`, "--privileged", "--pid", "host"],
    ...["--ipc", "host", "--publish", "127.0.0.1::18789", "--log-driver", "none"],
    ...["--add-host", "plane-api:10.0.0.1", image("2026.2.23")],
  );
  const { found } = await drift(olds);
  const { securityOptions, ...others } = found.hardening ?? assert.fail("nothing is said");
  assert.ok(!securityOptions.includes("no-new-privileges:true"));
  assert.deepEqual(others, {
    ...{ restart: "no", pidsLimit: -1, memorySwap: -1, capDrop: [], privileged: true, pid: "host" },
    ...{ ipc: "host", logs: { driver: "none" }, ports: ["127.0.0.1:any to 18789/tcp"], stopTimeout: 10 },
  });
  assert.deepEqual(found.spec.hosts, [{ host: "plane-api", ip: "10.0.0.1" }]);
  assert.equal(found.gateway, "stopped");
});

test("a release of the program as it was before its hardening was compared stays as it is, in a refresh and in the next `up`", async () => {
  const { hardening: _, ...olds } = await installed();
  const { props, inputs } = await provider.read(name, olds);
  assert.deepEqual(props, olds);
  assert.ok(!("hardening" in inputs));
  assert.equal((await provider.diff(name, olds, await wanted())).changes, false);
  docker("update", "--restart", "no", name);
  const { found } = await drift(olds);
  assert.equal(found.hardening?.restart, "no");
});

/** A gateway that somebody made by hand, with state, running as root. */
function makeByHand(): void {
  const folder = join(root, "data/openclaw");
  mkdirSync(`${folder}/system`, { recursive: true });
  mkdirSync(join(root, "configs"));
  writeFileSync(join(root, "configs/openclaw.json"), '{"by":"hand"}');
  const config = `${join(root, "configs/openclaw.json")}:${folder}/system/openclaw.json:ro`;
  const options = ["--restart", "always", "--env", `OPENCLAW_STATE_DIR=${folder}/system`, "--user", "0:0"];
  docker(
    "run",
    "--detach",
    "--name",
    name,
    ...options,
    "--volume",
    `${folder}:${folder}`,
    "--volume",
    config,
    image("2026.2.23"),
  );
}

test("OPENCLAW-UPG-09: a container that is not ours is refused, or with adopt archived and replaced", async () => {
  makeByHand();
  const { Id } = inspect();
  await assert.rejects(
    provider.create(await wanted("2026.2.26")),
    /is not of this stack, and was left as it is.*pulumi config set platform:adopt true/,
  );
  assert.equal(inspect().Id, Id);
  assert.equal(inspect().State.Running, true);

  const { outs } = await provider.create(await wanted("2026.2.26", { adopt: true }));
  assert.equal((outs as provider.ReleaseOutputs).runs, "2026.2.26");
  assert.deepEqual(containers(), [name]);
  const [saved] = await listSaved(host, (await wanted()).where.releases);
  assert.equal(saved?.version, "2026.2.23");
  assert.equal(readFileSync(saved?.configuration?.file ?? "", "utf8"), '{"by":"hand"}');
  assert.equal(JSON.parse(readFileSync(saved?.container ?? "", "utf8"))[0].Id, Id);
});

test("OPENCLAW-UPG-09: a takeover that fails puts the container from before back, under its name, running, with owners and restart policy as they were", async () => {
  makeByHand();
  const { Id } = inspect();
  await untilWritten();
  const before = stateHash();
  await assert.rejects(
    provider.create(await wanted("lame", { adopt: true })),
    /does not pass the smoke test[\s\S]*2026\.2\.23 runs again/,
  );
  const now = inspect();
  assert.equal(now.Id, Id);
  assert.equal(now.State.Running, true);
  assert.equal(now.HostConfig.RestartPolicy.Name, "always");
  assert.equal(configuration(), '{"by":"hand"}');
  assert.equal(stateHash(), before);
  assert.deepEqual(containers(), [name]);
});

test("a first install that fails leaves no container, and the next one works", async () => {
  await assert.rejects(provider.create(await wanted("exits")), /Nothing ran before, so nothing runs now/);
  assert.deepEqual(containers(), [""]);
  await installed();
});

test("what is removed is the container and its sandboxes; state and configuration stay", async () => {
  const outs = await installed();
  docker("create", "--name", `${name}-sbx-agent`, image("2026.2.23"));
  await provider.delete(name, outs);
  assert.deepEqual(containers(), [""]);
  assert.equal(sessions(), "written by 2026.2.23\n");
  assert.ok(configuration());
  await provider.delete(name, outs);
});

/** What the preflight finds without a gateway, and the backup makes of it. */
async function backupWithout(version: string): Promise<SavedRelease | null> {
  const { where } = await wanted(version);
  const left = (await writerOf(host, where))?.version ?? null;
  const { outs } = await backup.create({ host, where, running: null, left, wanted: version, keep: 3 });
  return (outs as backup.BackupOutputs).saved;
}

test("OPENCLAW-UPG-09, OPENCLAW-UPG-10: what a disabled version left is saved before another one starts, with its image, and put back when that fails", async () => {
  await provider.delete(name, await installed());
  assert.equal(await backupWithout("2026.2.23"), null);
  const [before, text] = [stateHash(), configuration()];
  const saved = await backupWithout("2026.2.26");
  assert.deepEqual(
    [saved?.version, saved?.image, saved?.imageId],
    ["2026.2.23", image("2026.2.23"), docker("image", "inspect", "--format", "{{.Id}}", image("2026.2.23"))],
  );
  assert.ok(saved?.imageArchive);
  assert.deepEqual(await verifySaved(host, saved), []);
  assert.equal(readFileSync(saved.configuration?.file ?? "", "utf8"), text);

  await assert.rejects(
    provider.create(await wanted("lame", { backup: saved })),
    /Nothing ran before, so nothing runs now; there is the configuration that OpenClaw 2026\.2\.23 left and its state from/,
  );
  assert.deepEqual([stateHash(), configuration(), containers()], [before, text, [""]]);
  assert.deepEqual(await backupWithout("2026.2.26"), saved, "the same is not saved twice");

  await provider.create(await wanted("2026.2.26", { backup: saved }));
  assert.equal(sessions(), "written by 2026.2.26\n");
  assert.equal((await writerOf(host, (await wanted()).where))?.version, "2026.2.26");
});

test("OPENCLAW-UPG-10: state of a version whose image is gone, and state of nobody knows whom, is saved without an image", async () => {
  await provider.delete(name, await installed("2026.2.22"));
  docker("image", "rm", image("2026.2.22"));
  const saved = await backupWithout("2026.2.23");
  assert.deepEqual([saved?.version, saved?.tag, saved?.imageArchive], ["2026.2.22", undefined, undefined]);
  assert.ok((saved?.state.entries ?? 0) > 1);
  await assert.rejects(
    restoreImage(host, saved ?? assert.fail()),
    /image of release \S+ is gone, .*the host had the image no more\. .*docker pull/,
  );

  rmSync(join(root, "data/openclaw.written-by"));
  writeFileSync(join(root, "data/openclaw/system/note"), "by somebody");
  assert.equal((await backupWithout("2026.2.23"))?.version, "unknown");
  rmSync(join(root, "data/openclaw"), { recursive: true });
  assert.equal(await backupWithout("2026.2.23"), null);
});

async function untilWritten(): Promise<void> {
  for (let look = 0; look < 50; look += 1) {
    if (readdirSync(join(root, "data/openclaw/system")).includes("sessions")) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  assert.fail("the gateway writes no state");
}
