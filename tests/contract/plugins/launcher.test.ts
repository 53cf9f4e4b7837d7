import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { statSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { TestStack } from "./harness.ts";

let stack: TestStack;
before(() => {
  stack = new TestStack("standin-launcher");
});
after(() => stack.remove());

/** The first line that a launcher prints, which is the port it listens on, and the command line behind it. */
function start(): Promise<{ port: string; commandLine: string; pid: number }> {
  return new Promise((resolve) => {
    const child = spawn(join(stack.folder, "bin/pulumi-resource-random"), ["127.0.0.1:1"]);
    child.stdout.once("data", (port) => {
      const commandLine = spawnSync("ps", ["-o", "args=", String(child.pid)], { encoding: "utf8" }).stdout;
      child.kill();
      resolve({ port: String(port), commandLine, pid: child.pid as number });
    });
  });
}

test("a launcher runs the bundle, and the sources when they are newer", async () => {
  const bundled = await start();
  assert.match(bundled.port, /^\d+\n$/);
  assert.match(bundled.commandLine, /random\.cjs/);
  const source = join(import.meta.dirname, "../../standins/plugins/random/main.ts");
  const { mtime } = statSync(source);
  const future = new Date(Date.now() + 3600_000);
  utimesSync(source, future, future);
  try {
    assert.match((await start()).commandLine, /random\/main\.ts/);
  } finally {
    utimesSync(source, mtime, mtime);
  }
});

test("a plugin leaves when the engine that started it was killed", async () => {
  const launcher = join(stack.folder, "bin/pulumi-resource-random");
  const engine = spawn("sh", ["-c", `"${launcher}" 127.0.0.1:1 & echo $!; wait`]);
  const pid = await new Promise<number>((resolve) =>
    engine.stdout.once("data", (line) => resolve(Number(line))),
  );
  await sleep(1000);
  engine.kill("SIGKILL");
  for (let tries = 0; tries < 20 && isAlive(pid); tries++) await sleep(200);
  assert.equal(isAlive(pid), false);
});

function isAlive(pid: number): boolean {
  return (
    spawnSync("ps", ["-o", "stat=", String(pid)], { encoding: "utf8" })
      .stdout.trim()
      .replace(/^Z.*/, "") !== ""
  );
}

test("a dynamic provider that requires its module inline works, with the parts of the SDK it never uses left out", async () => {
  stack.write(
    "worker.ts",
    "export const make = (word: string) => ({ id: word, outs: { word: word.toUpperCase() } });\n",
  );
  stack.program(`
    class Thing extends pulumi.dynamic.Resource {
      declare readonly word: pulumi.Output<string>;
      constructor(name: string, word: pulumi.Input<string>) {
        super({ async create(inputs: { word: string }) { return require("./worker.ts").make(inputs.word); } }, name, { word });
      }
    }
    export const word = new Thing("thing", "quiet").word;`);
  await stack.up();
  assert.match((await stack.pulumi("stack", "output", "word")).output, /^QUIET$/m);
  assert.deepEqual(await stack.preview("--refresh"), []);
  await stack.destroy();
});
