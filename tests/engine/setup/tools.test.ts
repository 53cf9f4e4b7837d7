import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { onPath, provideCli, unpackRelease } from "../../../scripts/setup/cli.ts";
import type { Context } from "../../../scripts/setup/context.ts";
import { dropStalePidFiles, lookForEngine } from "../../../scripts/setup/docker.ts";
import { buildGoTool } from "../../../scripts/setup/go.ts";
import { acquire } from "../../../scripts/setup/lock.ts";
import { download, reach } from "../../../scripts/setup/network.ts";
import { type Paths, pathsOf } from "../../../scripts/setup/paths.ts";
import { installed } from "../../../scripts/setup/plugins.ts";
import { Progress } from "../../../scripts/setup/progress.ts";
import { run } from "../../../scripts/setup/run.ts";

let root: string;
let paths: Paths;
let said: string[];
let context: Context;
const servers: Server[] = [];

before(() => {
  root = mkdtempSync(path.join(tmpdir(), "plane-ops-tools-"));
  paths = pathsOf(root);
  said = [];
  const out = { isTTY: false, write: (text: string) => said.push(text) } as unknown as NodeJS.WriteStream;
  context = {
    paths,
    versions: {
      tools: { pulumi: "3.259.0", go: "1.26.8" },
      goArchives: {},
      plugins: { docker: "5.2.0" },
      images: {},
    },
    progress: new Progress(out),
    signal: new AbortController().signal,
    downloads: async () => ({ ok: false, why: "get.pulumi.com: its name is not known here" }),
  };
});

after(() => {
  for (const server of servers) server.close();
  rmSync(root, { recursive: true, force: true });
});

function program(folder: string, name: string, text: string): string {
  const file = path.join(root, folder, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, `#!/bin/sh\n${text}\n`);
  chmodSync(file, 0o755);
  return file;
}

async function serve(answer: (url: string) => Buffer | undefined): Promise<string> {
  const server = createServer((request, response) => {
    const body = answer(request.url ?? "");
    // An answer of undefined never ends: a server that has gone silent.
    if (body) response.end(body);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test("a CLI on PATH that is too old is not taken, and the line says what it is and what is needed", async () => {
  const file = program("old", "pulumi", "echo v3.100.0");
  const found = await onPath(context, [path.dirname(file)]);
  assert.equal(found.cli, undefined);
  assert.equal(found.why, `${file} is v3.100.0, 3.259.0 or a newer 3.x is needed`);
});

test("a CLI on PATH that fits is taken before anything is downloaded or built", async () => {
  const file = program("new", "pulumi", "echo v3.260.1");
  context.progress.stop();
  const cli = await provideCli(context, [path.dirname(file)]);
  assert.deepEqual([cli.file, cli.line], [file, `3.260.1, on PATH (${file})`]);
  assert.ok(said.includes(`Pulumi CLI: 3.260.1, on PATH (${file})\n`));
});

test("a CLI on PATH that does not start is not taken", async () => {
  const file = program("broken", "pulumi", "exit 3");
  assert.equal((await onPath(context, [path.dirname(file)])).why, `${file} does not run`);
});

test("a plugin that the user has installed is linked, and its stand-in goes", () => {
  const home = path.join(root, "home");
  program("home/plugins/resource-docker-v5.2.0", "pulumi-resource-docker", "exit 0");
  const wrapper = path.join(paths.bin, "pulumi-resource-docker");
  mkdirSync(paths.bin, { recursive: true });
  writeFileSync(wrapper, "");
  assert.equal(installed(context, "docker", "5.2.0", home), `installed in ${path.join(home, "plugins")}`);
  assert.equal(existsSync(wrapper), false);
  assert.ok(existsSync(path.join(paths.pulumiHome, "plugins/resource-docker-v5.2.0/pulumi-resource-docker")));
  assert.equal(installed(context, "command", "1.2.1", home, []), undefined);
});

test("an official release is unpacked whole or not at all", async () => {
  program("release/pulumi", "pulumi", "echo v3.259.0");
  program("release/pulumi", "pulumi-language-nodejs", "exit 0");
  const archive = path.join(root, "release.tar.gz");
  execFileSync("tar", ["-czf", archive, "-C", path.join(root, "release"), "pulumi"]);
  const folder = path.join(paths.cache, "tools", "official");
  await unpackRelease(archive, folder);
  assert.ok(existsSync(path.join(folder, "pulumi")) && !existsSync(archive));
  writeFileSync(archive, "no archive");
  await assert.rejects(unpackRelease(archive, `${folder}2`), /release\.tar\.gz cannot be unpacked/);
  assert.equal(existsSync(`${folder}2`), false);
});

test("a download with another checksum leaves no file behind", async () => {
  const content = Buffer.from("tools");
  const url = `${await serve(() => content)}/file`;
  const target = path.join(paths.cache, "downloads", "file");
  const wrong = "0".repeat(64);
  await assert.rejects(
    download(url, target, { sha256: wrong }),
    /has the SHA-256 [0-9a-f]{64}, but 0{64} is expected/,
  );
  assert.equal(existsSync(target), false);
  await download(url, target, { sha256: createHash("sha256").update(content).digest("hex") });
  assert.deepEqual(readFileSync(target), content);
});

test("a server that goes silent is given up, and the message says so", async () => {
  const url = `${await serve(() => undefined)}/file`;
  const started = Date.now();
  await assert.rejects(
    download(url, path.join(root, "silent"), { silence: 300 }),
    /127\.0\.0\.1: no answer in time/,
  );
  assert.deepEqual(await reach(url, 300), { ok: false, why: "127.0.0.1: no answer in time" });
  assert.ok(Date.now() - started < 5000);
});

test("without any Go and any download, the message names both ways out", async () => {
  const tool = { name: "tiny", folder: "tiny", package: ".", version: "v1" };
  mkdirSync(path.join(root, "tiny"));
  // No released Go is this new, so the one of this machine does not count.
  writeFileSync(path.join(root, "tiny", "go.mod"), "module tiny\n\ngo 1.999\n");
  const task = context.progress.begin("tiny");
  await assert.rejects(
    buildGoTool(context, tool, task),
    /versions\.yml pins no Go toolchain for [\s\S]*Install Go 1\.26\.8 from https:\/\/go\.dev\/dl\/ or Pulumi 3\.259\.0/,
  );
  task.drop();
});

test("pid files of an engine that is gone are dropped, zombies count as gone, living ones stay", async () => {
  const gone = path.join(root, "gone.pid");
  const foreign = path.join(root, "foreign.pid");
  writeFileSync(gone, String(2 ** 22 + 1));
  // A pid that another program has by now.
  writeFileSync(foreign, String(process.pid));
  assert.deepEqual(dropStalePidFiles([gone, foreign, path.join(root, "none.pid")]), [gone, foreign]);
});

test("an engine that accepts a connection and never answers is found hanging", async () => {
  const url = await serve(() => undefined);
  const before = process.env.DOCKER_HOST;
  process.env.DOCKER_HOST = url.replace("http", "tcp");
  try {
    const found = await lookForEngine(300);
    assert.equal(found.state, "hanging");
  } finally {
    if (before === undefined) delete process.env.DOCKER_HOST;
    else process.env.DOCKER_HOST = before;
  }
});

test("the set-up lock of a process that is gone is taken over, a living one's is waited for", async () => {
  const file = path.join(paths.base, "setup.lock");
  writeFileSync(file, `${2 ** 22 + 1} 1\n`);
  const release = await acquire(paths, context.progress, context.signal);
  const stopped = AbortSignal.timeout(10);
  await new Promise((resolve) => setTimeout(resolve, 20));
  await assert.rejects(acquire(paths, context.progress, stopped), new RegExp(`kill ${process.pid}`));
  release();
  assert.equal(existsSync(file), false);
});

test("a command that is stopped takes its children with it", async () => {
  const marker = path.join(root, "child");
  const script = `sleep 30 & echo $! > ${marker}; wait`;
  const answer = await run("sh", ["-c", script], { timeout: 500 });
  assert.equal(answer.timedOut, true);
  const child = Number(readFileSync(marker, "utf8"));
  await new Promise((resolve) => setTimeout(resolve, 200));
  const { processInfo } = await import("../../../scripts/setup/processes.ts");
  assert.equal(processInfo(child), undefined);
});
