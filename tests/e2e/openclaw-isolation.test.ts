import assert from "node:assert/strict";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import Docker from "dockerode";
import { seccompOption } from "../../components/openclaw/seccomp.ts";
import type { OpenclawVersion } from "../../skills/plane-bridge/overlay.ts";
import { ContainedGateway } from "../support/openclawContainer.ts";
import { openclawImage, sandboxImage } from "../support/openclawImage.ts";
import type { Reply, Turn } from "../support/openclawModel.ts";

// The gateway in its container on the real engine, under our seccomp profile, with Docker behind the proxy.
const docker = new Docker();
let gateway: ContainedGateway;

before(async () => {
  gateway = await started("2026.2.26", "profile");
});
after(async () => {
  await gateway?.stop();
});

async function started(version: OpenclawVersion, seccomp: "default" | "profile"): Promise<ContainedGateway> {
  const since = Date.now();
  const gateway = await ContainedGateway.start(version, seccomp);
  console.log(`${version}: ready after ${((Date.now() - since) / 1000).toFixed(0)} s`);
  gateway.model.follow(agent);
  return gateway;
}

/** What the agents of this file do: the concierge passes on, the others run the command that they are given. */
function agent({ agent, request, calls }: Turn): Reply {
  const [, count] = /SPAWN (\d+)/.exec(request) ?? [];
  if (agent === "concierge" && count !== undefined) {
    if (calls.length === Number(count)) return "Confié.";
    const task = `COMMAND[sleep 3; echo done ${calls.length}]`;
    return { tool: "sessions_spawn", input: { agentId: "builder", task } };
  }
  const [, command] = /COMMAND\[(.*)\]/s.exec(request) ?? [];
  if (command === undefined) return "Rien à faire.";
  return calls[0] === undefined ? { tool: "exec", input: { command } } : calls[0].answer;
}

/** What a command prints in the sandbox of an agent. */
async function inSandbox(openclawId: string, command: string): Promise<string> {
  const mark = `mark-${gateway.model.turns.length}`;
  await gateway.wake(openclawId, `COMMAND[${command}; echo ${mark}]`);
  const turn = await gateway.until(command, () =>
    gateway.model.turns.find(({ turn }) => turn.request.includes(mark) && turn.calls.length > 0),
  );
  return turn.turn.calls[0]?.answer ?? "";
}

test("OPENCLAW-UPG-03, OPENCLAW-UPG-04: under our seccomp profile and with three capabilities, concierge spawns builder", async () => {
  const { HostConfig } = await gateway.container.inspect();
  assert.deepEqual(HostConfig.CapDrop, ["ALL"]);
  assert.deepEqual(HostConfig.CapAdd?.sort(), ["CHOWN", "SETGID", "SETUID"]);
  await spawns(gateway);
});

/** The concierge spawns builder, whose command runs in a sandbox. */
async function spawns(gateway: ContainedGateway): Promise<void> {
  await gateway.wake("concierge", "SPAWN 1");
  const run = await gateway.until("the spawn", () =>
    gateway.subagents()?.find(({ outcome }) => outcome !== undefined),
  );
  assert.match(run.childSessionKey, /^agent:builder:subagent:/);
  assert.equal(run.outcome?.status, "ok");
  assert.ok(gateway.model.turns.some(({ turn }) => turn.calls[0]?.answer.includes("done 0")));
  assert.doesNotMatch(await gateway.logs(), /EPERM|EACCES/);
}

test("OPENCLAW-UPG-05: every process of the gateway and of a sandbox is user 1000's", async () => {
  const { Processes } = await gateway.container.top({ ps_args: "-eo pid,uid,args" });
  assert.ok(Processes.length > 0);
  assert.deepEqual([...new Set(Processes.map(([, uid]: string[]) => uid))], ["1000"]);
  assert.match(await inSandbox("explorer", "id -u; id -g"), /^1000\n1000\n/);
});

test("OPENCLAW-UPG-06: a sandbox reaches what is on its network, and neither the internet nor the backend", async () => {
  const serve = async (name: string, network: string) => {
    const container = await docker.createContainer({
      name: `${gateway.name}-${name}`,
      Image: await openclawImage("2026.2.26"),
      Cmd: ["node", "-e", `require("net").createServer((s) => s.end("here is ${name}")).listen(4000)`],
      NetworkingConfig: { EndpointsConfig: { [network]: { Aliases: [name] } } },
      HostConfig: { NetworkMode: network },
    });
    await container.start();
    return (await container.inspect()).NetworkSettings.Networks[network]?.IPAddress;
  };
  await serve("litellm", gateway.networks.sandbox);
  const backend = await serve("postgresql", gateway.networks.backend);
  const get = (place: string) => `timeout 3 bash -c "cat </dev/tcp/${place}" || echo no ${place}`;
  const places = ["litellm/4000", "postgresql/4000", `${backend}/4000`, "1.1.1.1/80"];
  // From the backend it is reached, so that it is the network that keeps the sandbox away.
  const { stdout } = await gateway.exec("bash", "-c", `sleep 1; ${get("postgresql/4000")}`);
  assert.equal(stdout, "here is postgresql");
  const said = await inSandbox("explorer", places.map(get).join("; "));
  assert.match(said, /here is litellm/);
  for (const place of places.slice(1)) assert.ok(said.includes(`no ${place}`), said);
});

test("OPENCLAW-UPG-07: every session of an agent has a folder of its own, and sees no other", async () => {
  await inSandbox("explorer", "echo mine > own.txt");
  const said = await inSandbox("writer", "ls -a /workspace; ls -a /workspace/..");
  assert.doesNotMatch(said, /own\.txt/);
  const folder = join(gateway.home.folder, "openclaw/sandboxes");
  const sessions = readdirSync(folder).filter((name) => name.startsWith("agent-"));
  for (const agent of ["builder", "explorer", "writer"]) {
    assert.ok(
      sessions.some((name) => name.startsWith(`agent-${agent}-`)),
      sessions.join(" "),
    );
  }
  for (const name of sessions) assert.equal(statSync(join(folder, name)).uid, 1000);
});

test("OPENCLAW-UPG-12: of eight spawns five run at once, three wait, and all succeed", async () => {
  const from = gateway.model.turns.length;
  const spawnedBefore = gateway.subagents()?.length ?? 0;
  await gateway.wake("concierge", "SPAWN 8");
  const runs = await gateway.until("eight spawns", () => {
    const ended = gateway.subagents()?.filter(({ outcome }) => outcome !== undefined);
    return ended?.length === spawnedBefore + 8 ? ended : undefined;
  });
  assert.deepEqual([...new Set(runs.map(({ outcome }) => outcome?.status))], ["ok"]);
  let [running, most] = [0, 0];
  for (const { turn } of gateway.model.turns.slice(from)) {
    if (turn.agent !== "builder") continue;
    running += turn.calls.length === 0 ? 1 : -1;
    most = Math.max(most, running);
  }
  assert.equal(most, 5);
});

test("OPENCLAW-UPG-12: a sandbox has a quarter of a CPU", async () => {
  const said = await inSandbox(
    "explorer",
    `bash -c 'end=$((SECONDS+4)); while ((SECONDS<end)); do :; done; times' | tail -2 | head -1`,
  );
  const [, minutes, seconds] = /(\d+)m([\d.]+)s/.exec(said) ?? assert.fail(said);
  const used = Number(minutes) * 60 + Number(seconds);
  console.log(`CPU time of a busy loop of 4 s: ${used} s`);
  assert.ok(used < 1.6, said);
});

test("OPENCLAW-UPG-12: a sandbox has 256 MB, and what takes more is killed", async () => {
  const limits = "/sys/fs/cgroup/memory.max /sys/fs/cgroup/memory/memory.limit_in_bytes";
  const said = await inSandbox(
    "explorer",
    `cat ${limits} 2>/dev/null; head -c 400M /dev/zero | tail >/dev/null; echo exit $?`,
  );
  assert.match(said, /268435456/);
  assert.match(said, /exit 137/);
});

test("OPENCLAW-UPG-15: the gateway reaches Docker through the proxy only, and gets sandboxes only", async () => {
  const image = await sandboxImage();
  assert.equal((await gateway.exec("test", "-e", "/var/run/docker.sock")).code, 1);
  for (const command of [
    ["docker", "run", "--privileged", image, "id"],
    ["docker", "run", "-v", "/:/host", image, "id"],
    ["docker", "exec", `${gateway.name}-postgresql`, "id"],
    ["docker", "ps"],
  ]) {
    const { code, stderr } = await gateway.exec(...command);
    assert.notEqual(code, 0, command.join(" "));
    assert.match(stderr, /plane-ops: /, command.join(" "));
  }
  const replaced = "rm -f /run/openclaw-docker/docker.sock || mv /run/openclaw-docker/docker.sock /tmp/";
  assert.notEqual((await gateway.exec("sh", "-c", replaced)).code, 0);
});

test("OPENCLAW-UPG-04: what is outside of our seccomp profile is refused, by the profile", async () => {
  const image = await openclawImage("2026.2.26");
  const unshare = async (seccomp: string | undefined) => {
    const container = await docker.createContainer({
      name: `${gateway.name}-unshare`,
      Image: image,
      Cmd: ["unshare", "--user", "true"],
      HostConfig: {
        CapDrop: ["ALL"],
        NetworkMode: "none",
        SecurityOpt: seccomp === undefined ? [] : [seccomp],
      },
    });
    try {
      await container.start();
      return (await container.wait()).StatusCode;
    } finally {
      await container.remove({ force: true });
    }
  };
  assert.equal(await unshare("seccomp=unconfined"), 0);
  assert.equal(await unshare(seccompOption("profile")), 1);
  const { code, stderr } = await gateway.exec("unshare", "--user", "true");
  assert.equal(code, 1);
  assert.match(stderr, /Operation not permitted/);
});

test("OPENCLAW-UPG-04: under Docker's own profile 2026.2.23 spawns too, and its sandboxes pass the proxy", async () => {
  const older = await started("2026.2.23", "default");
  try {
    await spawns(older);
  } finally {
    await older.stop();
  }
});
