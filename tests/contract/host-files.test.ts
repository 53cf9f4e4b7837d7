import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { type DockerHost, LOCAL_DOCKER } from "../../providers/host/run.ts";
import * as provider from "../../providers/host-files/hostFiles.ts";
import { run } from "../support/stack.ts";
import { Sshd } from "./plugins/sshd.ts";

/** The provider with a real shell in a folder of its own; bridge.test.ts has it on the real engine. */
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "host-files-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const OWNER = `${process.getuid?.()}:${process.getgid?.()}`;
const at = (...path: string[]) => join(folder, "data/open claw", ...path);
const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);

/** One of each kind. */
function inputs(token = "first"): provider.HostFilesInputs {
  writeFileSync(join(folder, "source"), "a long text");
  return {
    host: { address: LOCAL_DOCKER, sshOpts: [] },
    base: at(),
    owner: OWNER,
    shared: ["system", "system/skills"],
    entries: {
      "system/bridge": { kind: "folder", mode: "755", owner: OWNER },
      "system/bridge/it's": { kind: "file", mode: "644", owner: OWNER, sha256: sha256("a long text") },
      "system/bridge/state": { kind: "scratch", mode: "700", owner: OWNER },
      "system/bridge/tokens": { kind: "folder", mode: "700", owner: OWNER },
      "system/bridge/tokens/imhotep": { kind: "file", mode: "600", owner: OWNER, sha256: sha256(token) },
      "system/skills/bridge": { kind: "link", target: "../bridge" },
    },
    contents: { "system/bridge/tokens/imhotep": token },
    sources: { "system/bridge/it's": join(folder, "source") },
    absent: ["system/skills/old", "boxes/*/skills/old"],
  };
}

/** What the engine would do next with what it knows. */
async function drift(wanted: provider.HostFilesInputs): Promise<boolean> {
  const { contents: _, sources: __, ...state } = wanted;
  const { id, props } = await provider.read(at(), state);
  if (id === undefined) return true;
  return (await provider.diff(at(), props as provider.HostFilesState, wanted)).changes ?? false;
}

test("files, folders and links are made with their modes, and the state is told no text of a file", async () => {
  const { outs } = await provider.create(inputs());
  assert.equal(readFileSync(at("system/bridge/tokens/imhotep"), "utf8"), "first");
  assert.equal(readFileSync(at("system/bridge/it's"), "utf8"), "a long text");
  const modes = [
    "system/bridge",
    "system/bridge/tokens",
    "system/bridge/tokens/imhotep",
    "system/bridge/it's",
  ];
  assert.deepEqual(
    modes.map((path) => modeOf(at(path))),
    ["755", "700", "600", "644"],
  );
  assert.equal(readlinkSync(at("system/skills/bridge")), "../bridge");
  assert.deepEqual(readdirSync(at("system/bridge/tokens")), ["imhotep"]);
  assert.ok(!JSON.stringify(outs).includes("first"));
  assert.equal(await drift(inputs()), false);
});

const CHANGES: [what: string, change: () => void][] = [
  ["an edited file", () => writeFileSync(at("system/bridge/tokens/imhotep"), "edited")],
  ["a deleted file", () => rmSync(at("system/bridge/it's"))],
  ["a file that all may read", () => chmodSync(at("system/bridge/tokens/imhotep"), 0o644)],
  ["a folder that all may enter", () => chmodSync(at("system/bridge/tokens"), 0o777)],
  ["a deleted folder of running programs", () => rmSync(at("system/bridge/state"), { recursive: true })],
  [
    "a link that leads elsewhere",
    () => {
      rmSync(at("system/skills/bridge"));
      symlinkSync("/nowhere", at("system/skills/bridge"));
    },
  ],
  ["what may not be there", () => mkdirSync(at("boxes/a/skills/old/deep"), { recursive: true })],
  ["the whole folder gone", () => rmSync(at(), { recursive: true })],
];
for (const [what, change] of CHANGES) {
  test(`${what} is drift, and mended`, async () => {
    await provider.create(inputs());
    change();
    assert.equal(await drift(inputs()), true);
    await provider.update(at(), inputs(), inputs());
    assert.equal(await drift(inputs()), false);
    assert.equal(existsSync(at("boxes/a/skills/old")), false);
  });
}

test("a file that is written anew is never seen half: it is another file that takes its place", async () => {
  await provider.create(inputs());
  const before = statSync(at("system/bridge/tokens/imhotep")).ino;
  await provider.update(at(), inputs(), inputs("second"));
  assert.notEqual(statSync(at("system/bridge/tokens/imhotep")).ino, before);
  assert.equal(readFileSync(at("system/bridge/tokens/imhotep"), "utf8"), "second");
});

test("a text that arrives otherwise than it was sent takes nobody's place, and leaves no copy", async () => {
  await provider.create(inputs());
  const broken = inputs("second");
  broken.contents["system/bridge/tokens/imhotep"] = "secon";
  await assert.rejects(provider.update(at(), inputs(), broken), (error: Error) => {
    assert.match(error.message, /^writing .*tokens\/imhotep failed on this machine: it arrived otherwise/);
    assert.ok(!error.message.includes("secon"));
    return true;
  });
  assert.equal(readFileSync(at("system/bridge/tokens/imhotep"), "utf8"), "first");
  assert.deepEqual(readdirSync(at("system/bridge/tokens")), ["imhotep"]);
});

test("a link that somebody put where a copy is written is not followed", async () => {
  await provider.create(inputs());
  writeFileSync(join(folder, "victim"), "mine");
  symlinkSync(join(folder, "victim"), at("system/bridge/tokens/.plane-ops-imhotep"));
  await provider.update(at(), inputs(), inputs("second"));
  assert.equal(readFileSync(join(folder, "victim"), "utf8"), "mine");
  assert.equal(readFileSync(at("system/bridge/tokens/imhotep"), "utf8"), "second");
});

test("a folder of somebody else's in the place of a link is refused by name, and stays", async () => {
  mkdirSync(at("system/skills/bridge"), { recursive: true });
  await assert.rejects(provider.create(inputs()), /skills\/bridge on this machine is not a link of ours/);
  assert.ok(lstatSync(at("system/skills/bridge")).isDirectory());
  assert.equal(existsSync(at("system/bridge")), false);
});

test("what is no longer wanted goes, and what programs keep stays", async () => {
  await provider.create(inputs());
  writeFileSync(at("system/bridge/state/seen"), "{}");
  const fewer = inputs();
  delete fewer.entries["system/bridge/tokens/imhotep"];
  await provider.update(at(), inputs(), fewer);
  assert.deepEqual(readdirSync(at("system/bridge/tokens")), []);
  assert.deepEqual(readdirSync(at("system/bridge/state")), ["seen"]);
});

test("delete leaves what others have put there, and nothing of ours, a killed run's copy included", async () => {
  await provider.create(inputs());
  writeFileSync(at("system/bridge/state/seen"), "{}");
  writeFileSync(at("system/bridge/tokens/.plane-ops-imhotep"), "first");
  writeFileSync(at("system/bridge/note"), "mine");
  await provider.delete(at(), inputs());
  assert.deepEqual(readdirSync(at(), { recursive: true }).toSorted(), [
    "system",
    "system/bridge",
    "system/bridge/note",
  ]);
  await provider.delete(at(), inputs());
});

test("delete takes the folders that it had to make on the way", async () => {
  await provider.create(inputs());
  await provider.delete(at(), inputs());
  assert.equal(existsSync(at()), false);
});

test("on another host, over ssh, all of it is the same", async () => {
  const sshd = new Sshd();
  await sshd.start();
  const socket = ["-o", `ControlPath=${join(folder, "%C")}`];
  const host: DockerHost = {
    address: `ssh://root@127.0.0.1:${sshd.port}`,
    sshOpts: [
      ...["-i", join(sshd.folder, "user"), ...socket, "-o", "StrictHostKeyChecking=no"],
      ...["-o", `UserKnownHostsFile=${join(folder, "known_hosts")}`, "-o", "ConnectionAttempts=5"],
    ],
  };
  try {
    await provider.create({ ...inputs(), host });
    assert.equal(readFileSync(at("system/bridge/tokens/imhotep"), "utf8"), "first");
    assert.equal(await drift({ ...inputs(), host }), false);
    chmodSync(at("system/bridge/tokens/imhotep"), 0o644);
    assert.equal(await drift({ ...inputs(), host }), true);
    await provider.update(at(), { ...inputs(), host }, { ...inputs("second"), host });
    assert.equal(readFileSync(at("system/bridge/tokens/imhotep"), "utf8"), "second");
    assert.equal(modeOf(at("system/bridge/tokens/imhotep")), "600");
    await provider.delete(at(), { ...inputs(), host });
    assert.equal(existsSync(at()), false);
  } finally {
    await run("ssh", [...socket, "-O", "exit", "-p", String(sshd.port), "root@127.0.0.1"]);
    sshd.stop();
  }
});

test("a login that may not give files away is told which one may", async () => {
  const foreign = { ...inputs(), owner: "4294967294x:0" };
  await assert.rejects(provider.create(foreign), /name such a login in docker:host/);
});
