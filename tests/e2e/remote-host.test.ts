import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { provideSshd } from "../support/sshd-program.ts";
import { docker, run, sweepNames, TestStack } from "../support/stack.ts";

/** A real sshd on loopback with key login on the platform's port 804: for the program, another host. */
const PORT = 804;
const PREFIX = "e2eremote";
let folder: string;
let sshd: ChildProcess;
let stack: TestStack;

before(async () => {
  await sweepNames(`${PREFIX}_`);
  const program = await provideSshd();
  folder = mkdtempSync(join(tmpdir(), "plane-ops-sshd-"));
  for (const key of ["host", "user"])
    await run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", join(folder, key)]);
  writeFileSync(join(folder, "authorized"), readFileSync(join(folder, "user.pub")), { mode: 0o600 });
  const settings = [
    `Port ${PORT}`,
    "ListenAddress 127.0.0.1",
    `HostKey ${join(folder, "host")}`,
    `AuthorizedKeysFile ${join(folder, "authorized")}`,
    `PidFile ${join(folder, "pid")}`,
    "PasswordAuthentication no",
    "PermitRootLogin prohibit-password",
    "StrictModes no",
    "UsePAM no",
  ];
  writeFileSync(join(folder, "sshd_config"), `${settings.join("\n")}\n`);
  sshd = spawn(program, ["-D", "-e", "-f", join(folder, "sshd_config")], { stdio: "ignore" });

  stack = await TestStack.create("e2e-remote", {
    "platform:prefix": PREFIX,
    "platform:httpPort": "18082",
    "platform:subnetPrefix": "10.229",
    "docker:host": `ssh://root@127.0.0.1:${PORT}`,
    "docker:sshOpts": [
      ...["-i", join(folder, "user")],
      ...["-o", "StrictHostKeyChecking=no", "-o", `UserKnownHostsFile=${join(folder, "known_hosts")}`],
      ...["-o", "ControlMaster=auto", "-o", `ControlPath=${join(folder, "%C")}`, "-o", "ControlPersist=60"],
    ],
  });
});

after(async () => {
  await stack.dispose();
  await run("ssh", [
    "-o",
    `ControlPath=${join(folder, "%C")}`,
    "-O",
    "exit",
    "-p",
    String(PORT),
    "root@127.0.0.1",
  ]);
  sshd.kill();
  rmSync(folder, { recursive: true, force: true });
});

test("INFRA-01: the same program brings Plane up on another host, over ssh with a key on port 804", async () => {
  const { code, text } = await stack.up("--parallel", "4");
  assert.equal(code, 0, text);
  assert.equal(
    await docker("inspect", "--format", "{{.State.Health.Status}}", `${PREFIX}_plane_api`),
    "healthy",
  );
});

test("a second look over ssh finds nothing to change, and sees a mounted file that was edited there", async () => {
  assert.deepEqual(await stack.drift(), {});
  appendFileSync(join(stack.directory, ".plane-ops/host/e2e-remote/configs/plane/prefixed.py"), "# edited\n");
  assert.deepEqual(Object.keys(await stack.drift()), ["settings"]);
});

test("the private key stands in the state encrypted only", async () => {
  const [, body = ""] = readFileSync(join(folder, "user"), "utf8").split("\n");
  assert.ok(body.length > 40);
  assert.ok(!(await stack.state()).includes(body));
});

test("a host that does not answer is told with its address and the next step", async () => {
  await stack.set("docker:host", "ssh://root@127.0.0.1:805");
  const { code, text } = await stack.preview();
  assert.notEqual(code, 0);
  assert.match(
    text,
    /Docker does not answer on ssh:\/\/root@127\.0\.0\.1:805.*pulumi config set docker:host/s,
  );
  await stack.set("docker:host", `ssh://root@127.0.0.1:${PORT}`);
});

test("destroy over ssh leaves nothing", async () => {
  const { code, text } = await stack.pulumi("destroy", "--yes", "--skip-preview", "--parallel", "4");
  assert.equal(code, 0, text);
  assert.equal(
    await docker("ps", "--all", "--quiet", "--filter", "label=io.javisi.stack=plane-ops/e2e-remote"),
    "",
  );
});
