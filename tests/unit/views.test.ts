import assert from "node:assert/strict";
import { test } from "node:test";
import { runtime } from "@pulumi/pulumi";
import { viewProblems, views } from "../../components/views.ts";
import { parseConfig } from "../../config.ts";
import { readVersions } from "../../versions.ts";

const GRAFANA = {
  "monitoring:enabled": "true",
  "grafana:url": "https://tala.example.org",
  "grafana:auth": "glsa_of-a-test",
};

function settings(raw: Record<string, string>) {
  const config = parseConfig(raw, {
    project: "plane-ops",
    stack: "local",
    directory: "/srv/plane-ops",
    images: readVersions().images,
    secretKeys: new Set(["grafana:auth", "notifications:telegramToken"]),
  });
  assert.ok(config.monitoring);
  return { config, monitoring: config.monitoring };
}

/** What the program registers, by name, under the SDK's own mocks. */
async function registered(
  raw: Record<string, string>,
  url: string,
): Promise<Map<string, Record<string, unknown>>> {
  const resources = new Map<string, Record<string, unknown>>();
  await runtime.setMocks(
    {
      call: ({ inputs }) => ({ ...inputs, uid: "the-folder", url: "", parentFolderUid: "", id: "1" }),
      newResource: ({ name, inputs }) => {
        resources.set(name, inputs as Record<string, unknown>);
        return { id: name, state: inputs as Record<string, unknown> };
      },
    },
    "plane-ops",
    "views",
    false,
  );
  const { config, monitoring } = settings(raw);
  views(config, monitoring, { url });
  await runtime.disconnect();
  return resources;
}

const NAMES = ["alerts-plane", "alerts-platform", "dashboard-plane", "grafana", "grafana-views"];

test("MONITOR-03: a stack without a gateway and backups has the dashboard and the alerts of Plane alone", async () => {
  const resources = await registered(GRAFANA, "http://work.localhost:8080");
  assert.deepEqual([...resources.keys()].sort(), NAMES);
  assert.equal(resources.get("dashboard-plane")?.["folder"], "the-folder");
  assert.doesNotMatch(
    JSON.stringify(resources.get("alerts-plane")),
    /plane-certificate|plane-webhook-unreachable/,
  );
});

test("MONITOR-04: what a stack has is watched: backups, agents, the certificate of a site by https", async () => {
  const more = { "backup:enabled": "true", "openclaw:enabled": "true", "agents:bridge": "true" };
  const resources = await registered({ ...GRAFANA, ...more }, "https://work.example.org");
  assert.deepEqual(
    [...resources.keys()].sort(),
    [...NAMES, "alerts-agents", "alerts-backups", "dashboard-agents"].sort(),
  );
  assert.match(JSON.stringify(resources.get("alerts-plane")), /plane-certificate/);
});

test("MONITOR-04: alerts name the runbook's place: the configured one, else the one in this project", async () => {
  const url = "https://git.example.org/runbooks";
  const configured = await registered({ ...GRAFANA, "monitoring:runbookUrl": url }, "http://work.localhost");
  assert.match(
    JSON.stringify(configured.get("alerts-plane")),
    new RegExp(`${url}/alerts\\.md#plane-api-down`),
  );
  const ours = await registered(GRAFANA, "http://work.localhost");
  assert.match(JSON.stringify(ours.get("alerts-plane")), /"docs\/runbooks\/alerts\.md#plane-api-down/);
});

test("MONITOR-03: without a Grafana there is nothing to show in, and no problem", async () => {
  const raw = { "monitoring:enabled": "true" };
  assert.deepEqual([...(await registered(raw, "http://work.localhost")).keys()], []);
  assert.deepEqual(await viewProblems(settings(raw).monitoring), []);
});
