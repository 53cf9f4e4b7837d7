import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { after, before, beforeEach, test } from "node:test";
import { type Paths, pathsOf } from "../../../scripts/setup/paths.ts";
import { Progress } from "../../../scripts/setup/progress.ts";
import { run } from "../../../scripts/setup/run.ts";
import { provideWorkspace } from "../../../scripts/setup/workspace.ts";
import { pulumiEnvironment } from "../../../scripts/stack/environment.ts";
import { recover } from "../../../scripts/stack/recover.ts";
import { readState, stackLocks } from "../../../scripts/stack/state.ts";

const program = `
import * as pulumi from "@pulumi/pulumi";
class Slow extends pulumi.dynamic.Resource {
  constructor(name, milliseconds) {
    super({ create: async (inputs) => {
      await new Promise((resolve) => setTimeout(resolve, inputs.milliseconds));
      return { id: "made", outs: {} };
    } }, name, { milliseconds });
  }
}
new Slow("slow", new pulumi.Config().requireNumber("milliseconds"));
`;

let paths: Paths;
let env: NodeJS.ProcessEnv;
let said: string[];
let progress: Progress;

before(async () => {
  const project = pathsOf();
  mkdirSync(path.join(project.base, "test"), { recursive: true });
  const root = mkdtempSync(path.join(project.base, "test", "recover-"));
  paths = pathsOf(root);
  provideWorkspace(paths);
  env = pulumiEnvironment(paths, pulumiEnvironment(project));
  symlinkSync(path.join(project.root, "node_modules"), path.join(root, "node_modules"));
  writeFileSync(path.join(root, "package.json"), '{ "type": "module" }');
  writeFileSync(path.join(root, "index.js"), program);
  writeFileSync(
    path.join(root, "Pulumi.yaml"),
    "name: plane-ops\nmain: index.js\nruntime: { name: nodejs, options: { typescript: false } }\n",
  );
  await pulumi("stack", "select", "--create", "local");
});

beforeEach(() => {
  said = [];
  progress = new Progress({
    isTTY: false,
    write: (text: string) => said.push(text),
  } as unknown as NodeJS.WriteStream);
});

after(() => rmSync(paths.root, { recursive: true, force: true }));

async function pulumi(...args: string[]): Promise<string> {
  const answer = await run("pulumi", [...args, "--non-interactive", "--color", "never"], {
    cwd: paths.root,
    env,
  });
  assert.equal(answer.code, 0, answer.stdout + answer.stderr);
  return answer.stdout + answer.stderr;
}

/** Starts an update whose one resource takes a minute, and waits until it is at that. */
async function slowUpdate(): Promise<ChildProcess> {
  await pulumi("config", "set", "milliseconds", "60000", "-s", "local");
  const args = ["up", "--yes", "--skip-preview", "--non-interactive", "-s", "local"];
  const child = spawn("pulumi", args, { cwd: paths.root, env, stdio: "ignore" });
  const end = Date.now() + 60_000;
  while (!readState(paths)?.pending.length) {
    assert.ok(Date.now() < end, "the update never began to create its resource");
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  const ended = once(child, "exit");
  child.kill("SIGKILL");
  await ended;
}

test("an update that is at work is never unlocked: its pid and how to stop it are said", {
  timeout: 120_000,
}, async () => {
  const update = await slowUpdate();
  try {
    await assert.rejects(recover(paths, env, progress, { wait: 500 }), (error: Error) => {
      assert.match(error.message, new RegExp(`at work: pulumi, pid ${update.pid}`));
      assert.match(error.message, new RegExp(`kill -INT ${update.pid}`));
      return true;
    });
    assert.equal(stackLocks(paths).length, 1);
  } finally {
    await kill(update);
  }
});

test("after an engine was killed, lock and pending create are cleared and the next update converges", {
  timeout: 120_000,
}, async () => {
  // The lock and the pending create are those of the test above, whose engine is gone now.
  const [lock] = stackLocks(paths);
  assert.ok(lock);
  await recover(paths, env, progress);
  assert.deepEqual(stackLocks(paths), []);
  assert.deepEqual(readState(paths)?.pending, []);
  assert.match(
    said.join(""),
    new RegExp(`removing the lock of an update that is gone \\(pid ${lock.pid}\\)`),
  );
  assert.match(said.join(""), /an earlier run was interrupted while it worked on slow/);

  await pulumi("config", "set", "milliseconds", "0", "-s", "local");
  const output = await pulumi("up", "--yes", "--skip-preview", "-s", "local");
  assert.doesNotMatch(output, /pending|interrupted/);
  assert.equal(readState(paths)?.resources, 1);
});

test("a stack in order is left alone without a word", async () => {
  await recover(paths, env, progress);
  assert.deepEqual(said, []);
});

test("a lock of another host is not touched, and the command that removes it is said", async () => {
  const folder = path.join(paths.state, ".pulumi", "locks", "organization", "plane-ops", "local");
  const file = path.join(folder, "00000000-0000-0000-0000-000000000000.json");
  writeFileSync(file, '{"pid":1,"username":"u","hostname":"elsewhere","timestamp":"2026-01-01T00:00:00Z"}');
  await assert.rejects(
    recover(paths, env, progress),
    /locked by pid 1 on elsewhere[\s\S]*pulumi -- cancel --yes -s local/,
  );
  assert.equal(stackLocks(paths).length, 1);
  rmSync(file);
});
