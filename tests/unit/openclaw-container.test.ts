import assert from "node:assert/strict";
import { test } from "node:test";
import {
  differences,
  type RunningGateway,
  type WantedGateway,
} from "../../components/openclaw/differences.ts";
import { smokeTools } from "../../components/openclaw/smokeTools.ts";
import {
  type ContainerSpec,
  createScript,
  environmentFile,
  type Inspected,
  specAsFound,
} from "../../providers/openclaw/container.ts";
import { redacted } from "../../providers/openclaw/evidence.ts";
import { hardeningAsFound, hardeningOf } from "../../providers/openclaw/hardening.ts";
import { check, diff, type ReleaseOutputs } from "../../providers/openclaw/release.ts";
import { TOOLS } from "../../skills/plane-bridge/tools/index.ts";

const SPEC: ContainerSpec = {
  name: "javisi_openclaw",
  image: "ghcr.io/openclaw/openclaw:2026.2.26",
  user: "1000:1000",
  memory: 1536,
  cpus: 1.5,
  capAdd: ["CHOWN", "SETGID", "SETUID"],
  networks: [
    { name: "javisi_backend", aliases: ["openclaw"] },
    { name: "javisi_egress", aliases: ["openclaw"] },
  ],
  binds: [{ host: "/opt/it's here", container: "/data", readOnly: true }],
  labels: { "io.javisi.stack": "s", "io.javisi.owner": "o" },
  health: { command: "true", interval: 10, startPeriod: 90 },
};

test("OPENCLAW-UPG-03, OPENCLAW-UPG-05: a container has no capabilities but the three, no new privileges, and user 1000", () => {
  const script = createScript(SPEC, "javisi_openclaw_next");
  for (const words of [
    "'--name' 'javisi_openclaw_next' '--user' '1000:1000'",
    "'--cap-drop' 'ALL'",
    "'--cap-add' 'CHOWN' '--cap-add' 'SETGID' '--cap-add' 'SETUID'",
    "'--security-opt' 'no-new-privileges:true'",
    "'--memory' '1536m' '--cpus' '1.5' '--memory-swap' '3072m' '--pids-limit' '1024'",
    "'--health-start-period' '90s'",
    "'--log-driver' 'json-file' '--log-opt' 'max-file=3' '--log-opt' 'max-size=10m' '--stop-timeout' '20'",
    "'--label' 'io.javisi.owner=o' '--label' 'io.javisi.stack=s'",
    "'type=bind,source=/opt/it'\\''s here,target=/data,readonly'",
    "'--network' 'javisi_backend' '--network-alias' 'openclaw'",
    "docker network connect '--alias' 'openclaw' 'javisi_egress' 'javisi_openclaw_next'",
  ])
    assert.ok(script.includes(words), `${words}\n${script}`);
  assert.doesNotMatch(script, /seccomp|privileged'/);
  assert.match(
    createScript({ ...SPEC, seccompProfile: "/p.json" }, "x"),
    /'--security-opt' 'seccomp=\/p\.json'/,
  );
});

test("an image's id, where it is known, is what a container is made of", () => {
  assert.match(createScript({ ...SPEC, imageId: "sha256:1" }, "x"), /'sha256:1'/);
});

test("a value that Docker cannot hand over is refused by its name, without the value", () => {
  assert.equal(environmentFile({ B: "2", A: "1=1" }), "A=1=1\nB=2\n");
  assert.throws(
    () => environmentFile({ KEY: "-----BEGIN\nsecret" }),
    (error: Error) =>
      /^KEY of OpenClaw's environment has a line break/.test(error.message) && !/secret/.test(error.message),
  );
});

/** A container as {@link SPEC} asks for it, in the words of `docker inspect`. */
const FOUND: Inspected = {
  Id: "c",
  Image: "sha256:1",
  State: {
    Status: "running",
    Running: true,
    Paused: false,
    ExitCode: 0,
    OOMKilled: false,
    Error: "",
    StartedAt: "",
  },
  Config: {
    Image: SPEC.image,
    User: "1000:1000",
    Env: [],
    Cmd: null,
    Labels: { ...SPEC.labels, other: "x" },
    Healthcheck: { Test: ["CMD-SHELL", "true"], Interval: 10e9, StartPeriod: 90e9 },
    StopTimeout: 20,
  },
  HostConfig: {
    Memory: 1536 * 1024 * 1024,
    MemorySwap: 3072 * 1024 * 1024,
    NanoCpus: 1.5e9,
    PidsLimit: 1024,
    CapAdd: ["CAP_SETUID", "CAP_CHOWN", "CAP_SETGID"],
    CapDrop: ["ALL"],
    SecurityOpt: ["no-new-privileges:true"],
    Privileged: false,
    PidMode: "",
    IpcMode: "private",
    GroupAdd: null,
    ExtraHosts: null,
    RestartPolicy: { Name: "unless-stopped" },
    LogConfig: { Type: "json-file", Config: { "max-file": "3", "max-size": "10m" } },
    PortBindings: {},
    PublishAllPorts: false,
  },
  Mounts: [{ Type: "bind", Source: "/opt/it's here", Destination: "/data", RW: false }],
  NetworkSettings: {
    Networks: {
      javisi_egress: { Aliases: ["0123", "openclaw"] },
      javisi_backend: { Aliases: ["openclaw"] },
    },
  },
};

test("what Docker lists in another order, or by other names, is no drift; what differs is", () => {
  const found = FOUND;
  assert.deepEqual(specAsFound(SPEC, "sha256:1", found), SPEC);
  const {
    HostConfig,
    Mounts,
    NetworkSettings: { Networks },
  } = found;
  const twice = { ...found, Mounts: [{ ...Mounts[0], Destination: "/more" }, ...Mounts] } as Inspected;
  const fromState = SPEC.binds.flatMap(({ host, container, readOnly }) => [
    // Keys as a state sorts them.
    { container, host, readOnly },
    { container: "/more", host, readOnly },
  ]);
  assert.deepEqual(specAsFound({ ...SPEC, binds: fromState }, "sha256:1", twice).binds, fromState);
  for (const [changed, field] of [
    [{ HostConfig: { ...HostConfig, CapAdd: [...(HostConfig.CapAdd ?? []), "SYS_ADMIN"] } }, "capAdd"],
    [{ HostConfig: { ...HostConfig, SecurityOpt: ["seccomp=unconfined"] } }, "seccompProfile"],
    [{ HostConfig: { ...HostConfig, GroupAdd: ["0"] } }, "groupAdd"],
    [{ Mounts: Mounts.map((each) => ({ ...each, RW: true })) }, "binds"],
    [{ Image: "sha256:2" }, "image"],
    [{ Config: { ...found.Config, User: "0" } }, "user"],
    [{ Config: { ...found.Config, Labels: null } }, "labels"],
    [{ NetworkSettings: { Networks: {} } }, "networks"],
    [{ NetworkSettings: { Networks: { ...Networks, bridge: { Aliases: null } } } }, "networks"],
    [{ HostConfig: { ...HostConfig, ExtraHosts: ["plane-api:10.0.0.1"] } }, "hosts"],
  ] as const) {
    const seen = specAsFound(SPEC, "sha256:1", { ...found, ...changed } as Inspected);
    assert.notDeepEqual(seen[field], SPEC[field], field);
  }
});

test("OPENCLAW-UPG-03, OPENCLAW-UPG-15: whatever of its hardening a container made by hand lacks is named with what it has", () => {
  assert.deepEqual(hardeningAsFound(FOUND), hardeningOf(SPEC));
  const { HostConfig } = FOUND;
  for (const [changed, drift] of [
    [{ RestartPolicy: { Name: "always" } }, { restart: "always" }],
    [{ RestartPolicy: { Name: "" } }, { restart: "no" }],
    [{ PidsLimit: null }, { pidsLimit: -1 }],
    [{ PidsLimit: 0 }, { pidsLimit: -1 }],
    [{ MemorySwap: -1 }, { memorySwap: -1 }],
    [{ MemorySwap: HostConfig.Memory }, { memorySwap: 1536 }],
    [{ CapDrop: null }, { capDrop: [] }],
    [{ SecurityOpt: ["seccomp=/p.json"] }, { securityOptions: [] }],
    [
      { SecurityOpt: ["no-new-privileges", "apparmor=unconfined"] },
      { securityOptions: ["no-new-privileges:true", "apparmor=unconfined"] },
    ],
    [{ Privileged: true }, { privileged: true }],
    [{ PidMode: "host" }, { pid: "host" }],
    [{ IpcMode: "container:javisi_n8n" }, { ipc: "container:javisi_n8n" }],
    [{ LogConfig: { Type: "none", Config: null } }, { logs: { driver: "none" } }],
    [{ PortBindings: { "18789/tcp": [{ HostIp: "", HostPort: "80" }] } }, { ports: ["80 to 18789/tcp"] }],
    [
      { PortBindings: { "18789/tcp": [{ HostIp: "127.0.0.1", HostPort: "80" }] } },
      { ports: ["127.0.0.1:80 to 18789/tcp"] },
    ],
    [{ PublishAllPorts: true }, { ports: ["all that the image exposes"] }],
  ] as const) {
    const found = { ...FOUND, HostConfig: { ...HostConfig, ...changed } } as Inspected;
    assert.deepEqual(hardeningAsFound(found), { ...hardeningOf(SPEC), ...drift });
  }
  const unset = { ...FOUND, Config: { ...FOUND.Config, StopTimeout: null } };
  assert.deepEqual(hardeningAsFound(unset), { ...hardeningOf(SPEC), stopTimeout: 10 });
});

test("OPENCLAW-UPG-09: a state from before the hardening was compared changes nothing, and drift changes it", async () => {
  const olds = { spec: SPEC, version: "2026.2.26", backup: null, gateway: "running" };
  const { inputs: news } = await check({}, olds as unknown as ReleaseOutputs);
  const changes = async (more: object) =>
    (await diff("", { ...olds, ...more } as unknown as ReleaseOutputs, news)).changes;
  assert.equal(await changes({}), false);
  assert.equal(await changes({ hardening: hardeningOf(SPEC) }), false);
  assert.equal(await changes({ hardening: { ...hardeningOf(SPEC), restart: "no" } }), true);
});

test("OPENCLAW-UPG-09: what changes of a gateway that keeps its version is told in words, without a value of its environment or configuration", () => {
  const secret = "sk-0123456789";
  const json = (more: object) => JSON.stringify({ agents: { defaults: { model: "m" } }, ...more });
  const wanted: WantedGateway = {
    spec: SPEC,
    variables: { MODEL_KEY: secret },
    later: ["OPENCLAW_GATEWAY_TOKEN"],
    configuration: json({}),
  };
  const Env = ["PATH=/bin", `MODEL_KEY=${secret}`, "OPENCLAW_GATEWAY_TOKEN=token"];
  const running: RunningGateway = {
    container: { ...FOUND, Config: { ...FOUND.Config, Env } },
    imageEnvironment: ["PATH=/bin"],
    configuration: json({}),
  };
  assert.deepEqual(differences(wanted, running), []);

  const { Config, HostConfig } = running.container;
  const [backend] = SPEC.networks;
  for (const [changed, found, said] of [
    [{ spec: { ...SPEC, memory: 2048 } }, {}, ["memory: 1536 MiB becomes 2048 MiB"]],
    [{ spec: { ...SPEC, cpus: 2 } }, {}, ["CPUs: 1.5 becomes 2"]],
    [{ spec: { ...SPEC, image: "mine:2026.2.26" } }, {}, [`image: ${SPEC.image} becomes mine:2026.2.26`]],
    [{ spec: { ...SPEC, seccompProfile: "/p.json" } }, {}, ["seccomp: Docker's default becomes /p.json"]],
    [{ spec: { ...SPEC, networks: [backend] } }, {}, ["networks: drops javisi_egress"]],
    [
      { spec: { ...SPEC, binds: [{ host: "/a", container: "/b", readOnly: false }] } },
      {},
      ["mounts: adds /b; drops /data"],
    ],
    [{ variables: { MODEL_KEY: "other", MORE: "1" } }, {}, ["environment: adds MORE; changes MODEL_KEY"]],
    [{ variables: {} }, {}, ["environment: drops MODEL_KEY"]],
    [
      { configuration: json({ channels: { telegram: { botToken: secret } } }) },
      { configuration: json({ agents: { defaults: { model: "n" } }, hooks: {} }) },
      ["configuration: adds channels; drops hooks; changes agents.defaults.model"],
    ],
    [{}, { configuration: undefined }, ["configuration: openclaw.json is gone, and is written again"]],
    [{}, { configuration: "{" }, ["configuration: openclaw.json is no JSON any more, and is written again"]],
    [{}, { configuration: `${json({})} ` }, ["configuration: the same, written otherwise"]],
    [
      {},
      {
        container: { Config, HostConfig: { ...HostConfig, RestartPolicy: { Name: "no" }, PidsLimit: null } },
      },
      ["restart policy: no becomes unless-stopped", "limit of processes: no limit becomes 1024"],
    ],
    [
      {},
      { container: { Config, State: { ...FOUND.State, Running: false } } },
      ["it does not run, and is started"],
    ],
  ] as const) {
    const { container, ...others } = { container: {}, ...found };
    const lines = differences(
      { ...wanted, ...changed } as WantedGateway,
      { ...running, container: { ...running.container, ...container }, ...others } as RunningGateway,
    );
    assert.deepEqual(lines, said);
    assert.ok(!lines.join().includes(secret));
  }
});

test("a release's evidence has no secret: neither of the environment nor of the configuration", () => {
  const configuration = JSON.stringify({
    channels: { telegram: { botToken: "12345:telegram" } },
    port: "18789789",
  });
  const text = redacted(
    "debug /opt/javisi sk-0123456789 12345:telegram 18789789",
    { A: "sk-0123456789", B: "debug", C: "/opt/javisi" },
    configuration,
  );
  assert.equal(text, "debug /opt/javisi [secret] [secret] 18789789");
  assert.equal(redacted("text", {}, "{ not JSON"), "text");
});

test("a changed test or choice is no change of what runs; a new backup is, for the gateway was stopped for it", async () => {
  const olds = {
    spec: SPEC,
    version: "2026.2.26",
    backup: null,
    rollbackState: "keep",
  } as unknown as ReleaseOutputs;
  const changes = async (changed: object) =>
    (await diff("", olds, { ...olds, ...changed } as ReleaseOutputs)).changes;
  assert.equal(await changes({ rollbackState: "restore", adopt: true, smoke: {} }), false);
  assert.equal(await changes({ backup: { name: "2026-02-28" } }), true);
  // Unknown in a preview.
  assert.equal(await changes({ backup: "04da6b54-80e4-46f7-96ec-b56ff0331ba9" }), true);
  assert.equal(await changes({ gateway: "running" }), true);
  const renamed = { ...olds, spec: { ...SPEC, name: "other" } } as ReleaseOutputs;
  assert.deepEqual((await diff("", olds, renamed)).replaces, ["spec"]);
});

test("OPENCLAW-UPG-08: a tool that the smoke test runs for real changes nothing", () => {
  const real = smokeTools().filter(({ asks }) => !asks);
  assert.deepEqual(
    real.filter(({ name }) => !TOOLS.find((tool) => tool.name === name)?.readOnly),
    [],
  );
  assert.ok(real.some(({ name }) => name === "plane_list_my_tasks"));
  assert.equal(smokeTools().length, TOOLS.length);
});
