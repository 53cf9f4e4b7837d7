import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { pathsOf } from "../../../scripts/setup/paths.ts";
import { judgeLock } from "../../../scripts/stack/recover.ts";
import { parseState, readState, stackLocks } from "../../../scripts/stack/state.ts";

const goneProcess = 2 ** 22 + 1;

test("a lock of this host whose process is gone, or is no engine, is dead", () => {
  assert.equal(judgeLock({ pid: goneProcess, hostname: hostname(), timestamp: "" }), "dead");
  // This test's own pid: alive, but Node and not Pulumi.
  assert.equal(judgeLock({ pid: process.pid, hostname: hostname(), timestamp: "" }), "dead");
});

test("a lock of another host, or an unreadable one, is never judged dead", () => {
  assert.equal(judgeLock({ pid: goneProcess, hostname: "elsewhere", timestamp: "" }), "foreign");
  assert.equal(judgeLock({ pid: 0, hostname: hostname(), timestamp: "" }), "foreign");
});

test("interrupted operations are read from the state with the name their resource was to have", () => {
  const resource = {
    urn: "urn:pulumi:local::p::docker:index/volume:Volume::data",
    type: "docker:index/volume:Volume",
  };
  const stack = { urn: "s", type: "pulumi:pulumi:Stack", outputs: { planeUrl: "http://work.localhost" } };
  const provider = { urn: "p", type: "pulumi:providers:docker" };
  const text = JSON.stringify({
    checkpoint: {
      latest: {
        manifest: { time: "2026-01-02T03:04:05Z" },
        resources: [stack, provider, resource],
        pending_operations: [
          { type: "creating", resource: { ...resource, inputs: { name: "javisi_data" } } },
        ],
      },
    },
  });
  assert.deepEqual(parseState(text), {
    planeUrl: "http://work.localhost",
    pending: [{ type: "creating", urn: resource.urn, resourceType: resource.type, name: "javisi_data" }],
    resources: 1,
    updated: "2026-01-02T03:04:05Z",
  });
});

test("a stack that was never brought up has no resources", () => {
  assert.deepEqual(parseState('{"checkpoint":{"stack":"x"}}'), { pending: [], resources: 0, updated: "" });
});

test("a damaged state is named with the command that brings the last one back", () => {
  const root = mkdtempSync(path.join(tmpdir(), "plane-ops-state-"));
  try {
    const paths = pathsOf(root);
    assert.equal(readState(paths), undefined);
    assert.deepEqual(stackLocks(paths), []);
    const folder = path.join(paths.state, ".pulumi", "stacks", "plane-ops");
    mkdirSync(folder, { recursive: true });
    writeFileSync(path.join(folder, "local.json"), '{"checkpoint":');
    assert.throws(
      () => readState(paths),
      /is no JSON document[\s\S]*cp .*local\.json\.bak .*local\.json && npm start/,
    );
    const locks = path.join(paths.state, ".pulumi", "locks", "organization", "plane-ops", "local");
    mkdirSync(locks, { recursive: true });
    writeFileSync(path.join(locks, "a.json"), '{"pid":12,"hostname":"h","timestamp":"t","username":"u"}');
    writeFileSync(path.join(locks, "b.json"), "");
    assert.deepEqual(stackLocks(paths), [
      { pid: 12, hostname: "h", timestamp: "t" },
      { pid: 0, hostname: "", timestamp: "" },
    ]);
  } finally {
    rmSync(root, { recursive: true });
  }
});
