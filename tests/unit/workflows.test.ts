import assert from "node:assert/strict";
import { test } from "node:test";
import { AGENTS } from "../../agents.ts";
import type { FlowArgs } from "../../workflows/args.ts";
import { FLOWS, type FlowName } from "../../workflows/index.ts";
import type { Workflow } from "../../workflows/n8n/workflow.ts";
import { TABLES } from "../../workflows/tables.ts";

/** The flows as they are deployed, with ids that a person can read. */
const credential = (name: string) => ({ id: `credential-${name}`, name });
const ARGS: FlowArgs = {
  credentials: {
    webhook: credential("webhook"),
    bot: credential("bot"),
    plane: credential("plane"),
    redis: credential("redis"),
    internal: credential("internal"),
    telegramSecret: credential("telegramSecret"),
  },
  tables: { inbox: "table-inbox", items: "table-items", marks: "table-marks", outbox: "table-outbox" },
  chat: "-100",
  alertChat: "-200",
  commandChats: ["-100"],
  planeApi: "http://plane-api:8000/api/v1/workspaces/javisi/",
  bridge: { url: "http://openclaw:18789/plane-bridge/", secret: credential("events") },
  itself: "http://127.0.0.1:5678/webhook/",
  edgeLimit: false,
  settings: {
    planeUrl: "https://work.example.org",
    workspace: "javisi",
    agents: AGENTS.map(({ agentId, displayName }) => ({ agentId, displayName })),
    timeZone: "Europe/Paris",
  },
};
const IDS = Object.fromEntries(FLOWS.map(({ name }) => [name, `id-${name}`])) as Record<FlowName, string>;
const render = (args: FlowArgs = ARGS) => FLOWS.map((flow) => flow.render(args, IDS));

/** What n8n 2.30.7 was seen to take (contracts/n8n): type to version. */
const KNOWN: Record<string, number> = {
  webhook: 2.1,
  crypto: 2,
  if: 2.3,
  respondToWebhook: 1.5,
  code: 2,
  splitOut: 1,
  set: 3.4,
  dataTable: 1.1,
  httpRequest: 4.4,
  telegram: 1.2,
  redis: 1,
  scheduleTrigger: 1.3,
  executeWorkflowTrigger: 1.1,
  executeWorkflow: 1.3,
  errorTrigger: 1,
  stopAndError: 1,
};

function each(check: (workflow: Workflow) => void): void {
  for (const workflow of render()) check(workflow);
}

test("NOTIF-03: the flows are rendered to the same bytes each time, so that an update finds nothing to change", () => {
  assert.equal(JSON.stringify(render()), JSON.stringify(render()));
});

test("NOTIF-03: of a workflow only what the API takes is sent, with known nodes", () => {
  each(({ name, nodes, ...rest }) => {
    assert.match(name, /^plane-[a-z-]+$/);
    assert.deepEqual(Object.keys(rest).sort(), ["connections", "settings"]);
    for (const { type, typeVersion } of nodes)
      assert.equal(KNOWN[type.replace("n8n-nodes-base.", "")], typeVersion, type);
  });
});

test("every id is of one node only, and what listens or sends has one for its webhook", () => {
  const nodes = render().flatMap((workflow) => workflow.nodes);
  const ids = nodes.flatMap(({ id, webhookId }) => [id, ...(webhookId === undefined ? [] : [webhookId])]);
  assert.equal(new Set(ids).size, ids.length);
  for (const { type, name, webhookId } of nodes)
    assert.equal(webhookId !== undefined, /\.(webhook|telegram|respondToWebhook)$/.test(type), name);
});

test("every wire leads from a node to a node, and every node but a beginning is reached", () => {
  each(({ name: flow, nodes, connections }) => {
    const names = new Set(nodes.map(({ name }) => name));
    assert.equal(names.size, nodes.length, flow);
    const reached = Object.values(connections).flatMap(({ main }) => main.flat().map(({ node }) => node));
    for (const name of [...Object.keys(connections), ...reached])
      assert.ok(names.has(name), `${flow}: ${name}`);
    const beginnings = nodes.filter(({ type }) => /(webhook|[tT]rigger)$/.test(type)).map(({ name }) => name);
    assert.equal(beginnings.length, 1, flow);
    for (const name of names)
      assert.ok(reached.includes(name) || beginnings.includes(name), `${flow}: ${name}`);
  });
});

test("what a node says of another one is of one that is there", () => {
  each(({ name: flow, nodes }) => {
    const names = new Set(nodes.map(({ name }) => name));
    for (const { parameters } of nodes)
      for (const [, name = ""] of JSON.stringify(parameters).matchAll(
        /(?:\$|\bfrom)\((?:'|\\")([^'"\\]+)(?:'|\\")\)/g,
      ))
        assert.ok(names.has(name), `${flow}: ${name}`);
  });
});

test("a Code node's text stays small: n8n compiles it at each execution", () => {
  each(({ name: flow, nodes }) => {
    for (const { name, parameters } of nodes)
      assert.ok(String(parameters["jsCode"] ?? "").length < 50_000, `${flow}: ${name}`);
  });
});

test("a workflow calls only what is deployed before it, and every failure is told, but for the telling itself", () => {
  for (const [index, { name, calls, render }] of FLOWS.entries()) {
    const before = FLOWS.slice(0, index).map((flow) => flow.name);
    for (const called of calls) assert.ok(before.includes(called), `${name} calls ${called}`);
    const { settings } = render(ARGS, IDS);
    assert.equal(settings["errorWorkflow"], ["errors", "claim"].includes(name) ? "" : "id-errors", name);
  }
});

test("every flow says how it is to run in all that n8n can be told: it keeps what a save does not name", () => {
  const [first, ...others] = render().map(({ settings }) => Object.keys(settings).sort());
  for (const names of others) assert.deepEqual(names, first);
  for (const name of ["callerPolicy", "saveExecutionProgress", "saveManualExecutions", "availableInMCP"])
    assert.ok(first?.includes(name), name);
});

test("NOTIF-06: without a gateway nobody is asked to pause, and the flows hold together", () => {
  const { bridge: _, ...without } = ARGS;
  const nodes = render(without).flatMap((workflow) => workflow.nodes);
  assert.deepEqual(
    nodes.filter(({ name }) => name === "Bridge"),
    [],
  );
});

test("columns that flows write are columns of their tables", () => {
  each(({ name: flow, nodes }) => {
    for (const { parameters } of nodes) {
      const { dataTableId, columns, filters } = parameters as {
        dataTableId?: { value: string };
        columns?: { value: Record<string, unknown> | null };
        filters?: { conditions: { keyName: string }[] };
      };
      const table = Object.entries(ARGS.tables).find(([, id]) => id === dataTableId?.value)?.[0];
      if (table === undefined) continue;
      const known = [
        ...TABLES[table as keyof typeof TABLES].columns.map(({ name }) => name),
        "id",
        "createdAt",
      ];
      const used = [
        ...Object.keys(columns?.value ?? {}),
        ...(filters?.conditions ?? []).map(({ keyName }) => keyName),
      ];
      for (const column of used) assert.ok(known.includes(column), `${flow}: ${table}.${column}`);
    }
  });
});
