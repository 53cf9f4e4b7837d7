import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import Docker from "dockerode";
import { wantedFromVersions } from "../standins/images/build.ts";
import { sandboxImage } from "../support/openclawImage.ts";
import { SocketProxy } from "../support/socketProxy.ts";

// The proxy in front of the real engine, with the docker client and with calls that no client makes.
const home = mkdtempSync(join(tmpdir(), "plane-ops-proxy-"));
const own = `plane-ops-proxy-${process.pid}`;
const prefix = `${own}-sbx-`;
const workspaces = join(home, "state/sandboxes");
const docker = new Docker();
let proxy: SocketProxy;
let image: string;

before(async () => {
  image = await sandboxImage();
  await docker.createNetwork({ Name: own, Internal: true });
  mkdirSync(join(workspaces, "agent-a"), { recursive: true });
  const limits = { memory: 256 * 1024 * 1024, cpus: 0.25, pids: 256 };
  const rules = { prefix, image, network: own, workspaces, user: "1000:1000", ...limits };
  // Any image with Node does.
  const node = wantedFromVersions(join(import.meta.dirname, "../..")).find(({ name }) => name === "minio");
  proxy = await SocketProxy.start(own, home, node?.reference ?? "", rules);
  // Somebody else's container.
  const other = await docker.createContainer({
    name: `${own}-other`,
    Image: image,
    Cmd: ["sleep", "300"],
    Env: ["A=secret"],
    HostConfig: { NetworkMode: "none" },
  });
  await other.start();
});
after(async () => {
  await proxy?.stop();
  for (const { Id } of await docker.listContainers({ all: true, filters: { name: [own] } })) {
    await docker.getContainer(Id).remove({ force: true });
  }
  await docker.getNetwork(own).remove();
  rmSync(home, { recursive: true, force: true });
});

const REFUSED = /plane-ops: /;

/** Options of `docker create` by which OpenClaw makes a sandbox. */
function sandbox(name: string, changed: Record<string, string | undefined> = {}): string[] {
  const options: Record<string, string | undefined> = {
    name: `${prefix}${name}`,
    label: "openclaw.sessionKey=agent:a:main",
    "read-only": "true",
    tmpfs: "/tmp",
    network: own,
    user: "1000:1000",
    env: "LANG=C.UTF-8",
    "cap-drop": "ALL",
    "security-opt": "no-new-privileges",
    "pids-limit": "256",
    memory: "256m",
    "memory-swap": "256m",
    cpus: "0.25",
    workdir: "/workspace",
    volume: `${workspaces}/agent-a:/workspace`,
    ...changed,
  };
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  return ["create", ...given.map(([key, value]) => `--${key}=${value}`), image, "sleep", "infinity"];
}

test("OPENCLAW-UPG-15: a sandbox is made, started, used, looked at and removed through the proxy", async () => {
  const ok = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await proxy.docker(args);
    assert.equal(code, 0, `${args.join(" ")}: ${stderr}`);
    return stdout;
  };
  const name = `${prefix}agent-a`;
  await ok("image", "inspect", image);
  await ok(...sandbox("agent-a"));
  await ok("start", name);
  assert.equal(await ok("inspect", "-f", "{{.State.Running}}", name), "true\n");
  const long = "é".repeat(20_000);
  const said = await ok(
    "exec",
    "-i",
    "-w",
    "/workspace",
    "-e",
    'A="b"',
    name,
    "sh",
    "-lc",
    `echo "<${long}>"`,
  );
  assert.equal(said, `<${long}>\n`);
  await ok("rm", "-f", name);
});

test("OPENCLAW-UPG-15: what goes in by standard input comes out, and a command's exit code too", async () => {
  const name = `${prefix}pipe`;
  await proxy.docker(sandbox("pipe"));
  await proxy.docker(["start", name]);
  const input = "line\n".repeat(50_000);
  const { code, stdout } = await proxy.docker(["exec", "-i", name, "sh", "-c", "cat; exit 7"], input);
  assert.equal(code, 7);
  assert.equal(stdout, input);
});

const changes: Record<string, Record<string, string | undefined>> = {
  "all privileges": { privileged: "true" },
  "a capability": { "cap-add": "SYS_ADMIN" },
  "all capabilities": { "cap-drop": undefined },
  "new privileges": { "security-opt": undefined },
  "no seccomp": { "security-opt": "seccomp=unconfined" },
  "the host's root folder": { volume: "/:/workspace" },
  "the folder above the workspaces": { volume: `${workspaces}/..:/workspace` },
  "another place for its workspace": { volume: `${workspaces}/agent-a:/etc` },
  "the engine's socket beside its workspace": {
    mount: "type=bind,src=/var/run/docker.sock,dst=/docker.sock",
  },
  "a device": { device: "/dev/null" },
  "the host's network": { network: "host" },
  "the default network": { network: undefined },
  "another container's network": { network: `container:${own}-other` },
  "the host's processes": { pid: "host" },
  "the host's IPC": { ipc: "host" },
  "the host's name": { uts: "host" },
  "another control group": { "cgroup-parent": "/" },
  root: { user: "0:0" },
  "the image's own user": { user: undefined },
  "a writable root": { "read-only": undefined },
  "more memory": { memory: "1g", "memory-swap": "1g" },
  swap: { "memory-swap": "-1" },
  "no limit of CPU": { cpus: undefined },
  "no limit of processes": { "pids-limit": "-1" },
  "a published port": { publish: "80:80" },
  "a restart policy": { restart: "always" },
  "a label of the platform's": { label: "io.javisi.managed-by=pulumi" },
  "somebody else's name": { name: `${own}-mine` },
};
for (const [what, changed] of Object.entries(changes)) {
  test(`OPENCLAW-UPG-15: no sandbox gets ${what}`, async () => {
    const { code, stderr } = await proxy.docker(sandbox("changed", changed));
    assert.notEqual(code, 0);
    assert.match(stderr, REFUSED);
  });
}

test("OPENCLAW-UPG-15: no other image is run", async () => {
  const args = sandbox("image").map((arg) => (arg === image ? "busybox" : arg));
  assert.match((await proxy.docker(args)).stderr, REFUSED);
});

test("OPENCLAW-UPG-15: nothing else of the engine is reached", async () => {
  const other = `${own}-other`;
  for (const args of [
    ["exec", other, "id"],
    ["inspect", other],
    ["rm", "-f", other],
    ["stop", other],
    ["logs", other],
    ["cp", `${other}:/etc/passwd`, "-"],
    ["ps"],
    ["images"],
    ["info"],
    ["pull", "debian:bookworm-slim"],
    ["tag", image, "debian:bookworm-slim"],
    ["volume", "ls"],
    ["network", "connect", own, other],
    ["exec", "--privileged", `${prefix}pipe`, "id"],
    ["exec", "--user", "0", `${prefix}pipe`, "id"],
    ["run", "--privileged", image, "id"],
  ]) {
    const { code, stdout, stderr } = await proxy.docker(args);
    assert.notEqual(code, 0, args.join(" "));
    assert.match(stdout + stderr, REFUSED, args.join(" "));
  }
  assert.equal((await docker.getContainer(other).inspect()).State.Running, true);
});

/** A body that passes, as the docker client sends it. */
const good = {
  User: "1000:1000",
  Cmd: ["sleep", "infinity"],
  Image: "openclaw-sandbox:bookworm-slim",
  WorkingDir: "/workspace",
  HostConfig: {
    Binds: [`${workspaces}/agent-a:/workspace`],
    NetworkMode: own,
    CapDrop: ["ALL"],
    ReadonlyRootfs: true,
    SecurityOpt: ["no-new-privileges"],
    Memory: 268435456,
    MemorySwap: 268435456,
    NanoCpus: 250000000,
    PidsLimit: 256,
  },
};

const text = JSON.stringify(good);
const create = (name: string, body: string) =>
  proxy.call("POST", `/containers/create?name=${prefix}${name}`, body);
const host = (more: string) => text.replace('"HostConfig":{', `"HostConfig":{${more},`);

test("OPENCLAW-UPG-15: a body that Docker and the proxy would read differently is refused", async () => {
  for (const body of [
    host('"privileged":true'),
    host('"\\u0050rivileged":true'),
    host('"Privileged":false,"Privileged":true'),
    host('"ſecurityOpt":["seccomp=unconfined"]'),
    text.replace("}}", '},"hostConfig":{"Privileged":true}}'),
    text.replace("}}", '},"HostConfig":null}'),
    text.replace(/"HostConfig":\{.*\}\}/, '"HostConfig":{}}'),
    text.replace('"Memory":268435456,', "").replace("{", '{"Memory":268435456,'),
    text.replace("}}", `},"Labels":{"openclaw.a":"${"x".repeat(2_000_000)}"}}`),
    `${text}{"HostConfig":{"Privileged":true}}`,
  ]) {
    const { status, text: said } = await create("raw", body);
    assert.equal(status, 403, body.slice(0, 200));
    assert.match(said, REFUSED);
  }
  assert.equal((await create("raw", text)).status, 201);
});

test("OPENCLAW-UPG-15: a member that Docker would take for an unset limit does not reach it", async () => {
  const { status } = await create("unset", host('"maskedPaths":[],"memory":0,"PIDSLIMIT":null'));
  assert.equal(status, 201);
  const { HostConfig } = await docker.getContainer(`${prefix}unset`).inspect();
  assert.equal(HostConfig.Memory, 268435456);
  assert.equal(HostConfig.PidsLimit, 256);
  assert.ok(HostConfig.MaskedPaths?.includes("/proc/kcore"));
});

test("OPENCLAW-UPG-15: no way of writing an address leads elsewhere", async () => {
  const name = `${prefix}raw`;
  for (const [method, path, body] of [
    ["GET", `/containers/${name}/../${own}-other/json`],
    ["GET", `/containers/${name}%2f..%2f${own}-other/json`],
    ["GET", `/containers//${own}-other/json`],
    ["GET", "/containers/json"],
    ["GET", `http://docker/containers/${own}-other/json`],
    ["POST", `/containers/create?name=${name}&name=${own}-two`, JSON.stringify(good)],
    ["POST", `/v1.23/containers/${name}/start`, JSON.stringify({ Privileged: true })],
    ["POST", `/containers/${name}/start`, JSON.stringify({ Privileged: true })],
    ["POST", `/containers/${name}/rename?name=${own}-three`],
    ["POST", `/containers/${name}/update`, JSON.stringify({ Memory: 0 })],
    ["PUT", `/containers/${name}/archive?path=/`],
    ["DELETE", `/containers/${own}-other?force=1`],
  ] as const) {
    const { status } = await proxy.call(method, path, body);
    assert.equal(status, 403, `${method} ${path}`);
  }
});

test("OPENCLAW-UPG-15: nothing rides along behind a call that passes", async () => {
  const behind = "GET /info HTTP/1.1\r\nHost: docker\r\n\r\n";
  const start = `POST /exec/${"0".repeat(64)}/start HTTP/1.1\r\nHost: docker\r\nConnection: Upgrade\r\nUpgrade: tcp`;
  const nothing = '{"Detach":false,"Tty":false}';
  for (const [call, status] of [
    ["GET /_ping HTTP/1.1\r\nHost: docker\r\n\r\n", "200"],
    // A command that does not exist: the engine keeps the connection and would read on.
    [`${start}\r\nContent-Length: ${nothing.length}\r\n\r\n${nothing}`, "404"],
    ["POST /containers/create HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", "403"],
    [`GET /_ping HTTP/1.1\r\nContent-Length: ${behind.length}\r\n\r\n`, "403"],
  ]) {
    const said = await proxy.raw(`${call}${behind}`);
    assert.deepEqual(said.match(/HTTP\/1\.1 \d+/g), [`HTTP/1.1 ${status}`], call);
    assert.doesNotMatch(said, /ServerVersion/);
  }
});

test("OPENCLAW-UPG-15: a body nested without end is refused, and the proxy lives on", async () => {
  const { status } = await create("deep", host(`"Deep":${"[".repeat(200_000)}${"]".repeat(200_000)}`));
  assert.equal(status, 403);
  assert.equal((await proxy.call("GET", "/_ping")).text, "OK");
});

test("refusals are logged, what passes is not", async () => {
  await proxy.call("GET", "/info");
  const refusal = /refused: GET \/info: tool sandboxes do not need this call/;
  let logs = "";
  // The engine's log comes after the answer.
  for (let tries = 0; tries < 50 && !refusal.test(logs); tries++) {
    await sleep(100);
    logs = await proxy.logs();
  }
  assert.match(logs, refusal);
  assert.doesNotMatch(logs, /sbx-agent-a/);
});

test("a proxy that was killed listens again in the same folder", async () => {
  await proxy.restart();
  assert.equal((await proxy.docker(["image", "inspect", image])).code, 0);
});
