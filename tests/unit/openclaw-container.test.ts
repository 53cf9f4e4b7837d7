import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type ContainerSpec,
  createScript,
  environmentAsFound,
  environmentFile,
  type Inspected,
  specAsFound,
} from "../../providers/openclaw/container.ts";

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
  binds: [
    { host: "/srv/state", container: "/srv/state", readOnly: false },
    { host: "/srv/openclaw.json", container: "/srv/state/openclaw.json", readOnly: true },
  ],
  labels: { "io.javisi.owner": "main", "io.javisi.openclaw.version": "2026.2.26" },
  health: { command: "node -e 'ask()'", interval: 30, startPeriod: 120 },
};

const FOUND: Inspected = {
  Id: "c1",
  Image: "sha256:26",
  State: {
    Status: "running",
    Running: true,
    Paused: false,
    ExitCode: 0,
    OOMKilled: false,
    Error: "",
    StartedAt: "2026-02-28T03:00:00Z",
  },
  Config: {
    Image: SPEC.image,
    User: "1000:1000",
    Env: ["PATH=/bin", "KEY=a=b", "OTHER=x"],
    Cmd: null,
    Labels: { ...SPEC.labels, "org.opencontainers.image.title": "OpenClaw" },
    Healthcheck: { Test: ["CMD-SHELL", "node -e 'ask()'"], Interval: 30e9, StartPeriod: 120e9 },
  },
  HostConfig: {
    Memory: 1536 * 1024 * 1024,
    NanoCpus: 1.5e9,
    CapAdd: ["CAP_SETUID", "CAP_CHOWN", "CAP_SETGID"],
    CapDrop: ["ALL"],
    SecurityOpt: ["no-new-privileges:true"],
    GroupAdd: null,
    ExtraHosts: null,
    RestartPolicy: { Name: "unless-stopped" },
  },
  Mounts: [
    { Type: "bind", Source: "/srv/openclaw.json", Destination: "/srv/state/openclaw.json", RW: false },
    { Type: "bind", Source: "/srv/state", Destination: "/srv/state", RW: true },
  ],
  NetworkSettings: {
    Networks: {
      javisi_backend: { Aliases: ["openclaw", "c1"] },
      javisi_egress: { Aliases: ["openclaw", "c1"] },
    },
  },
};

test("OPENCLAW-UPG-03, OPENCLAW-UPG-05: the container has no capability but those it is given, no new privileges, and its user", () => {
  const script = createScript(SPEC, "javisi_openclaw_next");
  for (const option of [
    "'--name' 'javisi_openclaw_next'",
    "'--user' '1000:1000'",
    "'--cap-drop' 'ALL' '--cap-add' 'CHOWN' '--cap-add' 'SETGID' '--cap-add' 'SETUID'",
    "'--security-opt' 'no-new-privileges:true'",
    "'--memory' '1536m' '--memory-swap' '3072m' '--cpus' '1.5'",
    "'--log-opt' 'max-size=10m' '--log-opt' 'max-file=3'",
    "'--health-start-period' '120s'",
  ])
    assert.ok(script.includes(option), `${option} in ${script}`);
  assert.ok(!script.includes("seccomp"), "Docker's own profile");
});

test("it is on every one of its networks under its alias before it starts", () => {
  const script = createScript(SPEC, "javisi_openclaw_next");
  assert.match(script, /'--network' 'javisi_backend' '--network-alias' 'openclaw'/);
  assert.match(
    script,
    /docker network connect '--alias' 'openclaw' 'javisi_egress' 'javisi_openclaw_next' \|\| exit 1$/,
  );
  assert.doesNotMatch(script, /docker start/);
});

test("OPENCLAW-UPG-02: the paths inside are those of the host, and a missing one is no new folder of root's", () => {
  const script = createScript(SPEC, SPEC.name);
  assert.ok(script.includes("'type=bind,source=/srv/state,target=/srv/state'"));
  assert.ok(
    script.includes("'type=bind,source=/srv/openclaw.json,target=/srv/state/openclaw.json,readonly'"),
  );
  assert.doesNotMatch(script, /--volume/);
});

test("OPENCLAW-UPG-04: a seccomp profile, an image's id, groups and a command are given when they are asked for", () => {
  const more = { seccompProfile: "/srv/seccomp.json", imageId: "sha256:26", groupAdd: ["998"] };
  const script = createScript({ ...SPEC, ...more, command: ["node", "openclaw.mjs"] }, SPEC.name);
  assert.ok(script.includes("'--security-opt' 'seccomp=/srv/seccomp.json'"));
  assert.ok(script.includes("'--group-add' '998'"));
  assert.ok(script.includes("'sha256:26' 'node' 'openclaw.mjs' >"));
  assert.ok(!script.includes(SPEC.image));
});

test("the environment comes on standard input, and a line break in a value is refused by the variable's name alone", () => {
  assert.equal(environmentFile({ TOKEN: "t", KEY: "a=b" }), "KEY=a=b\nTOKEN=t\n");
  assert.throws(
    () => environmentFile({ TOKEN: "fine", PEM: "secret\nlines" }),
    (error: Error) =>
      /^PEM of OpenClaw's environment has a line break/.test(error.message) && !/secret/.test(error.message),
  );
});

test("a container as it was asked for is found as it was asked for, in whatever order Docker lists it", () => {
  assert.deepEqual(specAsFound(SPEC, "sha256:26", FOUND), SPEC);
  assert.deepEqual(environmentAsFound({ KEY: "a=b", GONE: "1" }, FOUND), { KEY: "a=b" });
});

for (const [what, change, difference] of [
  ["another image under the name", { Image: "sha256:99" }, { image: "sha256:99" }],
  ["another user", { Config: { ...FOUND.Config, User: "0:0" } }, { user: "0:0" }],
  ["all capabilities", { HostConfig: { ...FOUND.HostConfig, CapDrop: null } }, { capAdd: ["ALL"] }],
  [
    "a profile that nobody asked for",
    { HostConfig: { ...FOUND.HostConfig, SecurityOpt: ["seccomp=unconfined"] } },
    { seccompProfile: "unknown" },
  ],
  [
    "a network and an alias that are gone",
    { NetworkSettings: { Networks: { javisi_backend: { Aliases: null } } } },
    { networks: [{ name: "javisi_backend", aliases: [] }] },
  ],
  [
    "a mount that may be written",
    { Mounts: FOUND.Mounts.slice(1) },
    { binds: [{ host: "/srv/state", container: "/srv/state", readOnly: false }] },
  ],
] as const)
  test(`drift: ${what} is told`, () => {
    const found = { ...FOUND, ...change } as Inspected;
    assert.deepEqual(specAsFound(SPEC, "sha256:26", found), { ...SPEC, ...difference });
  });
