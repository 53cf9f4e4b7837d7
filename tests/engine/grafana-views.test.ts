import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { TestStack } from "../contract/plugins/harness.ts";
import { Grafana } from "../support/grafana.ts";

/** Dashboards and rules by the real component and engine, in a Grafana that has things of others too. */
let grafana: Grafana;
let stack: TestStack;

const PLANE = "plane-ops-plane";
const GROUP = "dejisd2fkjkl/plane-ops plane";
const EVERYTHING = "{ openclaw: true, notifications: true, backup: true, certificate: true }";

const program = ({ has = EVERYTHING, contactPoint = "telegram-monitoring", folder = "Javisi" } = {}) => `
  import { GrafanaViews } from "../../../components/monitoring/grafana.ts";
  import { watched } from "../../../dashboards/watched.ts";
  new GrafanaViews("grafana-views", {
    url: "${grafana.url}",
    auth: pulumi.secret("${Grafana.TOKEN}"),
    folder: "${folder}",
    contactPoint: "${contactPoint}",
    runbookUrl: "https://git.example.org/runbooks",
    watched: watched("javisi", ${has}),
  });`;

before(async () => {
  grafana = await Grafana.start();
  stack = new TestStack("grafana-views");
  grafana.dashboards.set("of-somebody-else", {
    dashboard: { uid: "of-somebody-else", title: "Plane", panels: [] },
    folderUid: "dejisd2fkjkl",
    version: 3,
    id: 99,
  });
  grafana.groups.set("dejisd2fkjkl/host", {
    title: "host",
    folderUid: "dejisd2fkjkl",
    interval: 60,
    rules: [],
  });
});
after(() => {
  stack.remove();
  grafana.stop();
});

test("MONITOR-03: up puts both dashboards into the folder of that title, and a second up changes nothing", async () => {
  stack.program(program());
  await stack.up();
  assert.deepEqual([...grafana.dashboards.keys()].sort(), ["of-somebody-else", "plane-ops-agents", PLANE]);
  assert.equal(grafana.dashboards.get(PLANE)?.folderUid, "dejisd2fkjkl");
  const changes = grafana.changes.length;
  assert.deepEqual(await stack.preview("--refresh"), []);
  await stack.up("--refresh");
  assert.equal(grafana.changes.length, changes);
});

test("MONITOR-04: every rule goes to the existing contact point by itself; the policy tree is never sent", () => {
  const rules = [...grafana.groups.values()].flatMap(({ rules }) => rules);
  assert.equal(rules.length, 21);
  for (const rule of rules) {
    assert.equal(rule.notification_settings?.receiver, "telegram-monitoring", rule.title);
    assert.match(
      String((rule["annotations"] as Record<string, string>)["runbook_url"]),
      /runbooks\/alerts\.md#plane-/,
    );
  }
  const touched = new Set(grafana.changes.map(({ path }) => path));
  assert.deepEqual(
    [...touched].filter(
      (path) => !/^\/api\/(dashboards\/|v1\/provisioning\/folder\/[^/]+\/rule-groups\/)/.test(path),
    ),
    [],
  );
});

test("MONITOR-03: what is changed by hand in Grafana is seen, and mended", async () => {
  const dashboard = grafana.dashboards.get(PLANE);
  const group = grafana.groups.get(GROUP);
  assert.ok(dashboard && group?.rules[0]);
  dashboard.dashboard = { ...dashboard.dashboard, title: "Changed by hand" };
  group.rules[0] = { ...group.rules[0], for: "3h" };
  grafana.dashboards.delete("plane-ops-agents");
  const steps = Object.fromEntries((await stack.preview("--refresh")).map(({ name, op }) => [name, op]));
  assert.deepEqual(steps, {
    "alerts-plane": "update",
    "dashboard-agents": "create",
    "dashboard-plane": "update",
  });
  await stack.up("--refresh");
  assert.equal(grafana.dashboards.get(PLANE)?.dashboard.title, "Plane");
  assert.equal(grafana.groups.get(GROUP)?.rules[0]?.["for"], "2m");
  assert.deepEqual(await stack.preview("--refresh"), []);
});

test("MONITOR-04: a rule keeps its uid when it is changed, so that its history stays", async () => {
  const uids = () => grafana.groups.get(GROUP)?.rules.map(({ uid }) => uid);
  const before = uids();
  grafana.contactPoints.add("telegram-other");
  stack.program(program({ contactPoint: "telegram-other" }));
  await stack.up();
  assert.deepEqual(uids(), before);
  assert.equal(grafana.groups.get(GROUP)?.rules[0]?.notification_settings?.receiver, "telegram-other");
});

test("MONITOR-04: a contact point and a folder that there are not are told in Grafana's words", async () => {
  stack.program(program({ contactPoint: "nobody" }));
  const point = await stack.pulumi("up", "--yes", "--skip-preview");
  assert.match(point.output, /receiver nobody does not exist/);
  stack.program(program({ folder: "Nowhere" }));
  const folder = await stack.pulumi("preview");
  assert.match(folder.output, /folder with title Nowhere not found/);
});

test("MONITOR-03: the token is in no output, and in no state in clear", async () => {
  assert.doesNotMatch((await stack.pulumi("stack", "export")).output, new RegExp(Grafana.TOKEN));
});

test("MONITOR-03: what the stack no longer has leaves Grafana, and destroy leaves what others made", async () => {
  stack.program(
    program({ has: "{ openclaw: false, notifications: false, backup: false, certificate: false }" }),
  );
  await stack.up();
  assert.ok(!grafana.dashboards.has("plane-ops-agents"));
  assert.deepEqual([...grafana.groups.keys()].sort(), [
    "dejisd2fkjkl/host",
    "dejisd2fkjkl/plane-ops plane",
    "dejisd2fkjkl/plane-ops platform",
  ]);
  await stack.destroy();
  assert.deepEqual([...grafana.dashboards.keys()], ["of-somebody-else"]);
  assert.deepEqual([...grafana.groups.keys()], ["dejisd2fkjkl/host"]);
});
