import assert from "node:assert/strict";
import { test } from "node:test";
import { memoryMessage, memoryPlan } from "../../components/memory.ts";
import { parseConfig } from "../../config.ts";
import { readVersions } from "../../versions.ts";

function plan(raw: Record<string, string>) {
  return memoryPlan(
    parseConfig(raw, {
      project: "plane-ops",
      stack: "local",
      directory: "/srv/plane-ops",
      images: readVersions().images,
      secretKeys: new Set(["platform:postgresqlPassword", "platform:redisPassword"]),
    }),
  );
}

test("INFRA-06: the sum counts every container that keeps running, and the transient migrator is none of them", () => {
  const { total, containers } = plan({});
  assert.equal(Object.keys(containers).length, 8);
  assert.equal(containers.javisi_plane_migrator, undefined);
  assert.equal(total, 384 + 256 + 256 + 64 + 256 + 256 + 128 + 128);
});

test("on an existing platform only Plane's own containers count", () => {
  const { total, containers } = plan({
    "platform:mode": "existing",
    "plane:adminEmail": "ada@ewutelo.cloud",
    "platform:domain": "ewutelo.cloud",
    "platform:postgresqlPassword": "correct horse",
    "platform:redisPassword": "battery staple",
  });
  assert.deepEqual(Object.keys(containers).sort(), [
    "javisi_plane_admin",
    "javisi_plane_api",
    "javisi_plane_minio",
    "javisi_plane_web",
    "javisi_plane_worker",
  ]);
  assert.equal(total, 384 + 256 + 256 + 64 + 256);
});

test("OPENCLAW-UPG-12: the gateway counts where there is one, with the proxy beside it", () => {
  const { total, containers } = plan({
    "agents:bridge": "true",
    "openclaw:enabled": "true",
    "openclaw:memory": "2g",
  });
  assert.deepEqual([containers.javisi_openclaw, containers.javisi_openclaw_docker], [2048, 96]);
  assert.equal(total, 1728 + 2048 + 96);
});

test("MONITOR-03: the collector counts where there is one, and the stores where they are this stack's", () => {
  const { containers } = plan({ "monitoring:enabled": "true" });
  assert.deepEqual([containers.javisi_plane_vmagent, containers.javisi_loki], [64, 256]);
  const existing = plan({
    "platform:mode": "existing",
    "plane:adminEmail": "ada@ewutelo.cloud",
    "platform:domain": "ewutelo.cloud",
    "platform:postgresqlPassword": "correct horse",
    "platform:redisPassword": "battery staple",
    "monitoring:enabled": "true",
  });
  assert.equal(existing.containers.javisi_plane_vmagent, 64);
  assert.equal(existing.containers.javisi_loki, undefined);
});

test("a sum above the budget is a warning with both ways out, one below is said without alarm", () => {
  const below = memoryMessage(plan({}));
  assert.equal(below.warn, false);
  assert.match(below.text, /8 containers may use 1728 MiB of 2048 MiB/);
  const above = memoryMessage(plan({ "platform:memoryBudget": "1g" }));
  assert.equal(above.warn, true);
  assert.match(
    above.text,
    /1728 MiB, more than the 1024 MiB.*plane:limits.*pulumi config set platform:memoryBudget 1728m/,
  );
});
