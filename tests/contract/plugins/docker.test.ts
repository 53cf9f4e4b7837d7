import assert from "node:assert/strict";
import { userInfo } from "node:os";
import { after, before, describe, test } from "node:test";
import { buildBusyboxImage } from "../../support/busybox-image.ts";
import { sweepNames } from "../../support/stack.ts";
import { docker, TestStack } from "./harness.ts";
import { Sshd } from "./sshd.ts";

const IMAGE = "standin-docker-busybox:test";
const P = "standin"; // prefix of everything that these tests make on the engine
const LOOP = `["sh", "-c", "trap exit TERM; while :; do sleep 1; done"]`;

before(async () => {
  await sweepNames(`${P}_`);
  await buildBusyboxImage(IMAGE);
});
after(() => docker("rmi", "--force", IMAGE));

/** Inspects one thing of a container with a Go template. */
const inspect = (name: string, template: string) => docker("inspect", "--format", template, name);

const FULL = `
const net = new docker.Network("net", { name: "${P}_net", ipamConfigs: [{ subnet: "10.233.81.0/24" }], labels: [{ label: "a", value: "b" }] });
const inner = new docker.Network("inner", { name: "${P}_inner", internal: true });
const vol = new docker.Volume("vol", { name: "${P}_vol", labels: [{ label: "a", value: "b" }] });
const image = new docker.RemoteImage("image", { name: "${IMAGE}", keepLocally: true });
new docker.Tag("tag", { sourceImage: image.name, targetImage: "${P}-tagged:1" });
const looked = docker.getNetworkOutput({ name: "bridge" });
new docker.Container("full", {
  name: "${P}_full", image: image.imageId, command: ${LOOP}, user: "999:999", memory: 64, memorySwap: 128, cpus: "0.5",
  envs: [pulumi.secret("PW=canary"), "B=1"], labels: [{ label: "x", value: "y" }, { label: "net", value: looked.id }],
  securityOpts: ["no-new-privileges:true"], restart: "unless-stopped", hostname: "inside", stopTimeout: 5, init: true,
  healthcheck: { tests: ["CMD", "true"], interval: "1s", timeout: "1s", retries: 3, startPeriod: "1m0s" }, wait: true, waitTimeout: 20,
  volumes: [{ volumeName: vol.name, containerPath: "/data" }, { hostPath: "/usr/share", containerPath: "/host", readOnly: true }],
  tmpfs: { "/run": "size=1m" }, mounts: [{ type: "tmpfs", target: "/mm" }, { type: "bind", target: "/bound", source: "/usr/lib", readOnly: true }],
  capabilities: { drops: ["ALL"], adds: ["CAP_SETUID", "CAP_CHOWN"] }, groupAdds: ["65534"],
  networksAdvanced: [{ name: net.name, aliases: ["full-one", "full-two"] }, { name: inner.id, aliases: ["full-one"] }],
  logDriver: "json-file", logOpts: { "max-size": "10m", "max-file": "3" }, destroyGraceSeconds: 2,
  ports: [{ internal: 80, external: 18481, ip: "127.0.0.1" }, { internal: 81, external: 18482 }],
  hosts: [{ host: "gw", ip: "host-gateway" }, { host: "one", ip: "10.1.1.1" }],
  uploads: [{ file: "/etc/up/load.conf", content: "hello", permissions: "0640" }],
});
new docker.Container("readonly", { name: "${P}_readonly", networkMode: "none", image: image.imageId, command: ${LOOP}, readOnly: true });
new docker.Container("oneshot", { name: "${P}_oneshot", networkMode: "none", image: image.imageId, command: ["sh", "-c", "echo out; echo err >&2; exit 3"],
  mustRun: false, attach: true, logs: true, restart: "no" });`;

describe("a stack with every option that containers use", () => {
  let stack: TestStack;
  before(async () => {
    stack = new TestStack("standin-full");
    stack.program(FULL);
    await stack.up();
  });
  after(async () => {
    await stack.destroy();
    stack.remove();
    docker("rmi", `${P}-tagged:1`);
  });

  test("the second preview and the refresh are clean", async () => {
    assert.deepEqual(await stack.preview(), []);
    const refreshed = await stack.pulumi("preview", "--refresh", "--expect-no-changes");
    assert.equal(refreshed.code, 0, refreshed.output);
  });

  test("the engine has what was asked for", () => {
    const name = `${P}_full`;
    assert.equal(
      inspect(name, "{{.HostConfig.Memory}} {{.HostConfig.MemorySwap}} {{.HostConfig.NanoCpus}}"),
      "67108864 134217728 500000000",
    );
    assert.equal(
      inspect(name, "{{.HostConfig.CapDrop}} {{.HostConfig.SecurityOpt}} {{.Config.User}}"),
      "[ALL] [no-new-privileges:true] 999:999",
    );
    assert.match(docker("exec", name, "cat", "/etc/hosts"), /10\.1\.1\.1\s+one/);
    assert.match(docker("exec", name, "ls", "-ln", "/etc/up/load.conf"), /^-rw-r-----\s+1 0\s+0/);
    assert.match(
      inspect(name, "{{json .NetworkSettings.Networks}}"),
      new RegExp(`${P}_inner.*full-one.*${P}_net.*full-one.*full-two`),
    );
    assert.equal(inspect(name, "{{.State.Health.Status}}"), "healthy");
    assert.match(docker("port", name), /127\.0\.0\.1:18481/);
    assert.equal(inspect(`${P}_readonly`, "{{.HostConfig.ReadonlyRootfs}}"), "true");
    assert.match(docker("images", "--format", "{{.Repository}}:{{.Tag}}"), new RegExp(`${P}-tagged:1`));
  });

  test("a secret environment stays secret in the state", async () => {
    const state = await stack.pulumi("stack", "export");
    assert.doesNotMatch(state.output, /canary/);
    assert.match(JSON.stringify((await stack.outputs("full")).envs), /1b47061264138c4ac30d75fd1eb44270/);
  });

  test("a one-shot container gives exit code and logs, and its failure is no error", async () => {
    const { exitCode, containerLogs } = await stack.outputs("oneshot");
    assert.equal(exitCode, 3);
    assert.deepEqual(String(containerLogs).trim().split("\n").sort(), ["err", "out"]);
  });

  test("a network disconnected, an alias gone and an uploaded file changed are not seen", async () => {
    docker("network", "disconnect", `${P}_inner`, `${P}_full`);
    docker("network", "disconnect", `${P}_net`, `${P}_full`);
    docker("network", "connect", `${P}_net`, `${P}_full`);
    docker("exec", "--user", "0", `${P}_full`, "sh", "-c", "cat /dev/null > /etc/up/load.conf");
    const refreshed = await stack.pulumi("preview", "--refresh", "--expect-no-changes");
    assert.equal(refreshed.code, 0, refreshed.output);
  });

  test("a stopped container, memory changed by hand and removed things are seen by a refresh only, and mended", async () => {
    docker("stop", "--time", "0", `${P}_readonly`);
    docker("update", "--memory", "32m", "--memory-swap", "128m", `${P}_full`);
    docker("rm", `${P}_oneshot`);
    assert.deepEqual(await stack.preview(), []);
    const steps = await stack.preview("--refresh");
    const seen = Object.fromEntries(
      steps.map(({ name, op, diff }) => [name, [op, ...Object.keys(diff)].join(" ")]),
    );
    assert.deepEqual(seen, { readonly: "update mustRun", full: "update memory", oneshot: "create" });
    const changed = await stack.pulumi("preview", "--refresh", "--expect-no-changes");
    assert.equal(changed.code, 7);
    await stack.up("--refresh");
    assert.equal(inspect(`${P}_readonly`, "{{.State.Running}}"), "true");
    assert.equal(inspect(`${P}_full`, "{{.HostConfig.Memory}}"), "67108864");
    assert.equal(inspect(`${P}_oneshot`, "{{.State.ExitCode}}"), "3");
  });

  test("a removed container, network and volume are made again", async () => {
    docker("rm", "--force", `${P}_full`);
    docker("volume", "rm", `${P}_vol`);
    docker("network", "rm", `${P}_inner`);
    const steps = await stack.preview("--refresh");
    assert.deepEqual(steps.map(({ name, op }) => `${op} ${name}`).sort(), [
      "create full",
      "create inner",
      "create vol",
    ]);
    await stack.up("--refresh");
    assert.equal(docker("volume", "ls", "--quiet", "--filter", `name=${P}_vol`), `${P}_vol`);
    assert.equal(inspect(`${P}_full`, "{{.State.Health.Status}}"), "healthy");
  });

  test("changing limits and restart updates in place, anything else replaces", async () => {
    stack.program(
      FULL.replace("memory: 64, memorySwap: 128", "memory: 96, memorySwap: 192")
        .replace('"unless-stopped"', '"always"')
        .replace("readOnly: true });", "readOnly: true, envs: ['N=1'] });"),
    );
    const steps = Object.fromEntries((await stack.preview()).map(({ name, op, diff }) => [name + op, diff]));
    assert.deepEqual(steps.fullupdate, { memory: "update", memorySwap: "update", restart: "update" });
    assert.deepEqual(steps.readonlyreplace, { envs: "add-replace" });
  });
});

describe("what the official plugin does to its users", () => {
  let stack: TestStack;
  before(() => {
    stack = new TestStack("standin-facts");
  });
  after(async () => {
    await stack.destroy();
    stack.remove();
    docker("volume", "rm", "--force", `${P}_taken`);
  });

  test("memory without memorySwap shows a difference at every preview; ports on an internal network want a replacement at every preview", async () => {
    stack.program(`
      const inner = new docker.Network("inner", { name: "${P}_only", internal: true });
      new docker.Container("swap", { name: "${P}_swap", networkMode: "none", image: "${IMAGE}", command: ${LOOP}, memory: 64 });
      new docker.Container("ports", { name: "${P}_ports", image: "${IMAGE}", command: ${LOOP}, networksAdvanced: [{ name: inner.name }], ports: [{ internal: 80, external: 18483 }] },
        { deleteBeforeReplace: true });`);
    await stack.up();
    for (let round = 0; round < 2; round++) {
      const steps = await stack.preview();
      const find = (name: string) =>
        steps.filter((step) => step.name === name).map(({ op, diff }) => `${op} ${Object.entries(diff)}`);
      assert.deepEqual(find("swap"), ["update memorySwap,delete"]);
      assert.ok(find("ports").includes("replace ports,add-replace"), JSON.stringify(steps));
      if (round === 0) await stack.up();
    }
  });

  test("a taken name fails in the engine's words, a taken volume is adopted silently", async () => {
    docker("volume", "create", `${P}_taken`);
    docker("create", "--name", `${P}_foreign`, IMAGE);
    try {
      stack.program(`
        new docker.Volume("taken", { name: "${P}_taken" });
        new docker.Container("foreign", { name: "${P}_foreign", image: "${IMAGE}" });`);
      const result = await stack.pulumi("up", "--yes", "--skip-preview");
      assert.notEqual(result.code, 0);
      assert.match(
        result.output,
        new RegExp(`Conflict. The container name "/${P}_foreign" is already in use`),
      );
      assert.doesNotMatch(result.output, /\n\s+at /);
      assert.equal((await stack.outputs("taken")).name, `${P}_taken`);
    } finally {
      docker("rm", "--force", `${P}_foreign`);
    }
  });

  test("an image that is nowhere, a wait without health check and a failing one say so; what was made is recorded", async () => {
    stack.program(`
      new docker.RemoteImage("nowhere", { name: "registry.invalid/nowhere:1" });
      new docker.Container("unchecked", { name: "${P}_unchecked", networkMode: "none", image: "${IMAGE}", command: ${LOOP}, wait: true });
      new docker.Container("sick", { name: "${P}_sick", networkMode: "none", image: "${IMAGE}", command: ["sh", "-c", "echo starting up; sleep 100"], wait: true, waitTimeout: 2,
        healthcheck: { tests: ["CMD", "sh", "-c", "echo no luck; exit 1"], interval: "500ms", timeout: "1s", retries: 1 } });`);
    const { code, output } = await stack.pulumi("up", "--yes", "--skip-preview", "--continue-on-error");
    assert.notEqual(code, 0);
    assert.match(
      output,
      /unable to find or pull image registry.invalid\/nowhere:1: it is not on this engine, and the pull failed/,
    );
    assert.match(output, /does not have a healthcheck defined/);
    assert.match(
      output,
      /_sick failed to be in healthy state in 2 seconds: it is running and unhealthy.*\n.*no luck.*\n.*\n\s*starting up/,
    );
    assert.equal((await stack.outputs("sick")).name, `${P}_sick`);
  });

  test("an unknown property inside an object is refused in preview with its path", async () => {
    stack.program(
      `new docker.Container("c", { image: "x", networksAdvanced: [{ name: "n", alias: ["a"] } as never] });`,
    );
    const { code, output } = await stack.pulumi("preview");
    assert.notEqual(code, 0);
    assert.match(output, /networksAdvanced\[0\].alias is not a property of .*did you mean "aliases"/);
  });

  test("an engine on another machine is worked over ssh, from preview to destroy", async () => {
    const sshd = new Sshd();
    await sshd.start();
    try {
      const options = [
        "-i",
        `${sshd.folder}/user`,
        "-o",
        "StrictHostKeyChecking=no",
        "-o",
        "UserKnownHostsFile=/dev/null",
      ];
      await stack.pulumi(
        "config",
        "set",
        "docker:host",
        `ssh://${userInfo().username}@127.0.0.1:${sshd.port}`,
      );
      await stack.pulumi("config", "set", "docker:sshOpts", JSON.stringify(options));
      stack.program(`
        new docker.Volume("far", { name: "${P}_far" });
        new docker.Container("far-one", { name: "${P}_far", networkMode: "none", image: "${IMAGE}", command: ["echo", "from afar"], mustRun: false, attach: true, logs: true });`);
      await stack.up();
      assert.equal((await stack.outputs("far-one")).containerLogs, "from afar\n");
      assert.deepEqual(await stack.preview("--refresh"), []);
      await stack.destroy();
      assert.equal(docker("volume", "ls", "--quiet", "--filter", `name=${P}_far`), "");
    } finally {
      await stack.pulumi("config", "rm", "docker:host");
      await stack.pulumi("config", "rm", "docker:sshOpts");
      sshd.stop();
    }
  });

  test("an engine that cannot be reached is told in preview", async () => {
    stack.program(`
      const provider = new docker.Provider("p", { host: "unix:///nowhere/docker.sock" });
      new docker.Volume("v", {}, { provider });`);
    const { code, output } = await stack.pulumi("preview");
    assert.notEqual(code, 0);
    assert.match(output, /Error pinging Docker server.*unix:\/\/\/nowhere\/docker.sock/);
  });
});
