import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { openclawImage, sandboxImage } from "../support/openclawImage.ts";
import { ScriptedModel, type Turn } from "../support/openclawModel.ts";
import { docker, filesBelow, type Run, run, sweepNames, TestStack } from "../support/stack.ts";

/** A whole embedded stack with OpenClaw, whose official images are built here from npm's packages. */
const PREFIX = "ocup";
const SUBNET = "10.232";
const CONTAINER = `${PREFIX}_openclaw`;
let stack: TestStack;
let model: ScriptedModel;
let root: string;

before(async () => {
  for (const version of ["2026.2.23", "2026.2.26"] as const) await openclawImage(version);
  await sandboxImage();
  await sweepNames(`${PREFIX}_`);
  model = await ScriptedModel.start("0.0.0.0");
  model.follow(reply);
  stack = await TestStack.create("openclaw", {
    "platform:prefix": PREFIX,
    "platform:httpPort": "18086",
    "platform:subnetPrefix": SUBNET,
    "platform:memoryBudget": "4g",
    "agents:bridge": "true",
    "agents:polling": "off",
    "openclaw:enabled": "true",
    "openclaw:version": "2026.2.23",
    "openclaw:configFile": "openclaw.json",
    "openclaw:logLevel": "debug",
  });
  root = join(stack.directory, "host");
  await stack.set("platform:root", root);
  await stack.setSecretPath("openclaw:environment.MODEL_API_KEY", "the key of the model");
  base({});
});

after(async () => {
  model?.stop();
  const tags = savedNames().map(tagOf);
  // One that was made by hand is nobody's to destroy, and holds the networks.
  await run("docker", ["rm", "--force", CONTAINER]);
  await stack?.dispose();
  // Archives outlive the resource, and so do their tags.
  for (const tag of [...tags, ...Object.keys(BROKEN).map(brokenImage)])
    await run("docker", ["image", "rm", tag]);
});

const releases = () => join(root, "data/openclaw-releases");
const savedNames = () =>
  existsSync(releases()) ? readdirSync(releases()).filter((each) => /^\d{4}/.test(each)) : [];

function tagOf(name: string): string {
  return (JSON.parse(readFileSync(join(releases(), name, "release.json"), "utf8")) as { tag: string }).tag;
}

/** The concierge hands on what it is asked to spawn; everybody else says hello. */
function reply({ agent, request, calls }: Turn) {
  if (agent === "concierge" && request.includes("sessions_spawn") && calls.length === 0) {
    return { tool: "sessions_spawn", input: { agentId: "builder", task: "Dis bonjour" } };
  }
  return "bonjour";
}

/** The user's own openclaw.json. */
function base(more: object): void {
  const port = new URL(model.url).port;
  const scripted = {
    baseUrl: `http://${SUBNET}.4.1:${port}/v1`,
    apiKey: "${MODEL_API_KEY}",
    api: "openai-completions",
    models: [{ id: "scripted", name: "scripted", contextWindow: 128_000, maxTokens: 4096 }],
  };
  const text = {
    agents: {
      defaults: { skipBootstrap: true, heartbeat: { every: "0m" }, model: { primary: "scripted/scripted" } },
    },
    models: { mode: "replace", providers: { scripted } },
    browser: { enabled: false },
    canvasHost: { enabled: false },
    discovery: { mdns: { mode: "off" } },
    plugins: { slots: { memory: "none" } },
    ...more,
  };
  writeFileSync(join(stack.directory, "openclaw.json"), JSON.stringify(text));
}

/** OpenClaw's own command in the gateway's container. */
async function openclaw(...args: string[]): Promise<string> {
  return docker("exec", CONTAINER, "node", "openclaw.mjs", ...args);
}

/** What a version's agents left: sessions by agent, cron jobs, skills. */
function memories() {
  const folder = join(root, "data/openclaw");
  const sessions = readdirSync(join(folder, "state/agents"))
    .sort()
    .map((agent): [string, string[]] => {
      const file = join(folder, "state/agents", agent, "sessions/sessions.json");
      return [
        agent,
        existsSync(file) ? Object.keys(JSON.parse(readFileSync(file, "utf8")) as object).sort() : [],
      ];
    });
  const { jobs } = JSON.parse(readFileSync(join(folder, "state/cron/jobs.json"), "utf8")) as {
    jobs: { name: string }[];
  };
  const skills = readdirSync(join(folder, "system/skills")).sort();
  return { sessions: Object.fromEntries(sessions), jobs: jobs.map(({ name }) => name).sort(), skills };
}

/** What goes wrong with a 2026.2.26, as lines of a Dockerfile on top of the real one; and what is said then. */
const BROKEN: Record<string, { lines: string[]; said: RegExp }> = {
  "does not start": {
    lines: ["RUN rm dist/entry.*"],
    said: /missing dist\/entry/,
  },
  "starts, but its agents do not answer": {
    lines: [
      "RUN mv openclaw.mjs whole.mjs",
      `RUN echo 'if (process.argv[2] === "agent") throw new Error("no agents here"); await import("./whole.mjs");' > openclaw.mjs`,
    ],
    said: /does not pass the smoke test[^]*FAILED\s+spawn/,
  },
};

/** `ocup-does-not-start:2026.2.26` */
function brokenImage(what: string): string {
  return `${PREFIX}-${what.replaceAll(/\W+/g, "-")}:2026.2.26`;
}

async function buildBroken(what: string, lines: string[]): Promise<void> {
  const folder = join(stack.directory, "broken");
  mkdirSync(folder, { recursive: true });
  const dockerfile = ["FROM ghcr.io/openclaw/openclaw:2026.2.26", "USER root", ...lines, "USER node"];
  writeFileSync(join(folder, "Dockerfile"), dockerfile.join("\n"));
  await docker("build", "--tag", brokenImage(what), folder);
}

/** SHA-256 of each file that OpenClaw keeps; the bridge's pace aside, which says when Plane was last asked. */
function hashes(): Map<string, string> {
  const folder = join(root, "data/openclaw");
  const files = filesBelow(folder).filter((path) => !path.includes("/plane-bridge/state/pace/"));
  const hash = (path: string) => createHash("sha256").update(readFileSync(path)).digest("hex");
  return new Map(files.map((path) => [relative(folder, path), hash(path)]));
}

/** Files that are another now, or are new, or gone. */
function changedSince(before: Map<string, string>): string[] {
  const now = hashes();
  return [...new Set([...before.keys(), ...now.keys()])].filter((path) => before.get(path) !== now.get(path));
}

/** The file of variables that whoever makes a gateway by hand has: here those of the one that runs. */
async function writeEnvironmentByHand(): Promise<void> {
  const lines = await docker("inspect", "--format", "{{range .Config.Env}}{{println .}}{{end}}", CONTAINER);
  writeFileSync(join(stack.directory, "openclaw.env"), lines, { mode: 0o600 });
}

/** A gateway as the platform's compose file has it, without a label of ours. */
async function runByHand(version: string): Promise<void> {
  const folder = join(root, "data/openclaw");
  const state = join(folder, "system");
  const mounts: [string, string][] = [
    [state, state],
    [join(folder, "workspace"), join(folder, "workspace")],
    ...readdirSync(join(folder, "state")).map((part): [string, string] => [
      join(folder, "state", part),
      join(state, part),
    ]),
    [join(root, "configs/openclaw/openclaw.json"), join(state, "openclaw.json")],
  ];
  const health = `node -e "fetch('http://127.0.0.1:18789/healthz').then((answer) => process.exit(answer.ok ? 0 : 1))"`;
  await docker(
    ...["run", "--detach", "--name", CONTAINER, "--user", "1000:1000", "--restart", "unless-stopped"],
    ...["--label", "com.docker.compose.project=javisi", "--env-file", join(stack.directory, "openclaw.env")],
    ...["--network", `${PREFIX}_backend`, "--health-cmd", health, "--health-start-period", "180s"],
    ...mounts.flatMap(([host, inside]) => ["--volume", `${host}:${inside}`]),
    ...[`ghcr.io/openclaw/openclaw:${version}`, "node", "openclaw.mjs", "gateway"],
  );
}

async function untilHealthy(): Promise<void> {
  const deadline = Date.now() + 180_000;
  while ((await docker("inspect", "--format", "{{.State.Health.Status}}", CONTAINER)) !== "healthy") {
    assert.ok(Date.now() < deadline, "the gateway does not get healthy");
    await setTimeout(500);
  }
}

const imageOf = () => docker("inspect", "--format", "{{.Config.Image}}", CONTAINER);
const timesOf = ({ text }: Run) => /OpenClaw [\d.]+ runs \((.*)\)/.exec(text)?.[1] ?? text;

test("OPENCLAW-UPG-08: the first install passes every check of the smoke test, a spawn from concierge to imhotep among them", async (context) => {
  const up = await stack.up();
  assert.equal(up.code, 0, up.text);
  assert.doesNotMatch(up.text, /FAILED/);
  assert.match(up.text, /ok\s+spawn .*concierge spawned builder/);
  assert.match(up.text, /ok\s+processes .*user 1000/);
  assert.match(up.text, /ok\s+service postgresql/);
  context.diagnostic(`2026.2.23: ${timesOf(up)}`);
});

test("OPENCLAW-UPG-03: the container has what it needs and nothing else", async () => {
  const [inspected] = JSON.parse(await docker("inspect", CONTAINER)) as [
    {
      HostConfig: {
        CapDrop: string[];
        CapAdd: string[];
        SecurityOpt: string[];
        Binds: null;
        Mounts: object[];
      };
      Config: { User: string };
    },
  ];
  assert.equal(inspected.Config.User, "1000:1000");
  assert.deepEqual(inspected.HostConfig.CapDrop, ["ALL"]);
  assert.doesNotMatch(JSON.stringify(inspected.HostConfig), /docker\.sock"/);
});

test("a second `up` changes nothing", async () => {
  assert.deepEqual(await stack.drift(), {});
});

test("agents leave sessions and a cron job behind", async () => {
  await openclaw("agent", "--agent", "writer", "--message", "bonjour", "--json");
  const job =
    "--name veille --agent writer --every 6h --session isolated --message Veille --no-deliver --json";
  await openclaw("cron", "add", ...job.split(" "));
  const left = memories();
  assert.ok(left.sessions["writer"]?.length);
  assert.deepEqual(left.jobs, ["veille"]);
});

for (const [what, { lines, said }] of Object.entries(BROKEN))
  test(`OPENCLAW-UPG-09: a 2026.2.26 that ${what}: 2026.2.23 runs again, with the state that it had`, async (context) => {
    await buildBroken(what, lines);
    // What any start of the gateway writes is no trace of the failed one.
    const beforeStart = hashes();
    await docker("restart", CONTAINER);
    await untilHealthy();
    const writtenByAnyStart = changedSince(beforeStart);
    const before = hashes();
    const [container, left] = [await docker("inspect", "--format", "{{.Id}}", CONTAINER), memories()];

    await stack.set("openclaw:image", brokenImage(what).split(":")[0] ?? "");
    await stack.set("openclaw:version", "2026.2.26");
    const started = performance.now();
    const up = await stack.up();
    await stack.unset("openclaw:image");
    context.diagnostic(`refused and back in ${Math.round((performance.now() - started) / 1000)} s`);
    assert.notEqual(up.code, 0);
    assert.match(up.text, said);
    assert.match(up.text, /OpenClaw 2026\.2\.23 runs again/);
    assert.match(up.text, /to stay: pulumi config set openclaw:version 2026\.2\.23/);

    assert.equal(await docker("inspect", "--format", "{{.Id}}", CONTAINER), container);
    await untilHealthy();
    assert.deepEqual(memories(), left);
    assert.deepEqual(
      changedSince(before).filter((path) => !writtenByAnyStart.includes(path)),
      [],
    );
    assert.match(await openclaw("agent", "--agent", "writer", "--message", "encore", "--json"), /bonjour/);
  });

test("OPENCLAW-UPG-10: `up` to 2026.2.26 keeps sessions, cron jobs and skills of 2026.2.23", async (context) => {
  const left = memories();
  await stack.set("openclaw:version", "2026.2.26");
  const preview = await stack.preview();
  assert.equal(preview.code, 0, preview.text);
  assert.match(preview.text, /OpenClaw goes up from 2026\.2\.23 to 2026\.2\.26/);
  assert.match(preview.text, /openclaw:backup-\d{4}-\d\d-\d\d/);

  const up = await stack.up();
  assert.equal(up.code, 0, up.text);
  assert.match(await imageOf(), /:2026\.2\.26$/);
  const now = memories();
  for (const [agent, sessions] of Object.entries(left.sessions)) {
    for (const session of sessions) assert.ok(now.sessions[agent]?.includes(session), `${agent}: ${session}`);
  }
  assert.deepEqual([now.jobs, now.skills], [left.jobs, left.skills]);
  context.diagnostic(`to 2026.2.26: ${timesOf(up)}`);
});

test("OPENCLAW-UPG-01: what ran is saved: tag, image, state for root alone, and a copy for Zerobyte", async () => {
  const names = savedNames();
  assert.notEqual(names.length, 0);
  for (const name of names) {
    const files = readdirSync(join(releases(), name)).sort();
    const archives = files.filter((file) => /^openclaw-state-\d{4}-\d\d-\d\d.*\.tar\.gz$/.test(file));
    assert.equal(archives.length, 1, files.join());
    for (const file of archives) assert.equal(statSync(join(releases(), name, file)).mode & 0o777, 0o600);
    assert.match(tagOf(name), /^openclaw:backup-\d{4}-\d\d-\d\d/);
    await docker("image", "inspect", tagOf(name));
  }
  assert.equal(readdirSync(join(root, "backups/openclaw")).length, names.length);
});

test("OPENCLAW-UPG-09: one configuration key takes it back to 2026.2.23, with everything still there", async (context) => {
  const left = memories();
  await stack.set("openclaw:version", "2026.2.23");
  const preview = await stack.preview();
  assert.match(preview.text, /OpenClaw goes back from 2026\.2\.26 to 2026\.2\.23/);
  const up = await stack.up();
  assert.equal(up.code, 0, up.text);
  assert.match(await imageOf(), /:2026\.2\.23$/);
  const now = memories();
  assert.deepEqual([now.jobs, now.skills], [left.jobs, left.skills]);
  for (const session of left.sessions["writer"] ?? []) assert.ok(now.sessions["writer"]?.includes(session));
  assert.match(await openclaw("agent", "--agent", "writer", "--message", "encore", "--json"), /bonjour/);
  context.diagnostic(`back to 2026.2.23: ${timesOf(up)}`);
});

test("OPENCLAW-UPG-14: what a version would refuse is refused in preview, with what mends it, and nothing is touched", async () => {
  const running = await docker("inspect", "--format", "{{.Id}} {{.State.StartedAt}}", CONTAINER);
  base({
    channels: { telegram: { enabled: true, dmPolicy: "allowlist", allowFrom: [] } },
    secrets: { providers: {} },
    mcpServers: {},
  });
  const { code, text } = await stack.preview();
  base({});
  assert.notEqual(code, 0);
  for (const words of [/allowFrom/, /secrets/, /mcpServers/]) assert.match(text, words);
  assert.doesNotMatch(text, /^\s+at .*\.ts:\d+/m);
  assert.equal(await docker("inspect", "--format", "{{.Id}} {{.State.StartedAt}}", CONTAINER), running);
});

test("an image that nobody has is refused in preview, with the ways to get it", async () => {
  await stack.set("openclaw:image", "registry.invalid/openclaw");
  const { code, text } = await stack.preview();
  await stack.unset("openclaw:image");
  assert.notEqual(code, 0);
  assert.match(text, /image registry\.invalid\/openclaw:2026\.2\.23 is not on the host.*docker load/);
});

test("no secret of OpenClaw's is in the state, in outputs or in a command line", async () => {
  const state = await stack.state();
  assert.doesNotMatch(state, /the key of the model/);
});

test("OPENCLAW-UPG-09: without OpenClaw its containers are gone and its state stays", async () => {
  await writeEnvironmentByHand();
  await stack.set("openclaw:enabled", "false");
  const up = await stack.up();
  assert.equal(up.code, 0, up.text);
  assert.equal((await run("docker", ["inspect", CONTAINER])).code, 1);
  assert.deepEqual(memories().jobs, ["veille"]);
});

test("OPENCLAW-UPG-01, OPENCLAW-UPG-09: an OpenClaw that was made by hand is refused, and with platform:adopt saved and replaced, its version the one to come from", async (context) => {
  await runByHand("2026.2.23");
  await untilHealthy();
  const left = memories();
  const saved = savedNames();
  await stack.set("openclaw:enabled", "true");
  await stack.set("openclaw:version", "2026.2.26");
  const refused = await stack.preview();
  assert.notEqual(refused.code, 0);
  assert.match(refused.text, /was not made by this stack[^]*platform:adopt true/);
  assert.equal(await docker("inspect", "--format", "{{.State.Running}}", CONTAINER), "true");

  await stack.set("platform:adopt", "true");
  assert.match((await stack.preview()).text, /taken over: [^]*goes up from 2026\.2\.23 to 2026\.2\.26/);
  const up = await stack.up();
  assert.equal(up.code, 0, up.text);
  assert.match(await imageOf(), /:2026\.2\.26$/);
  const now = memories();
  assert.deepEqual([now.jobs, now.skills], [left.jobs, left.skills]);
  for (const session of left.sessions["writer"] ?? []) assert.ok(now.sessions["writer"]?.includes(session));
  const [name = assert.fail("nothing is saved")] = savedNames().filter((each) => !saved.includes(each));
  assert.match(readFileSync(join(releases(), name, "release.json"), "utf8"), /"version": ?"2026\.2\.23"/);
  context.diagnostic(`taken over and up to 2026.2.26: ${timesOf(up)}`);
});
