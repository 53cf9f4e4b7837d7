import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { N8n } from "../support/n8n.ts";

// A real n8n; rules by their numbers in contracts/n8n.
let n8n: N8n;

before(async () => {
  n8n = await N8n.start();
});
after(() => n8n.stop());

interface Workflow {
  id: string;
  name: string;
  active: boolean;
  versionId: string;
  nodes: unknown[];
}

/** As rules 1 and 3 have it: four keys only, and ids of ours. */
const WORKFLOW = {
  name: "plane-ops test",
  nodes: [
    {
      id: "hook",
      name: "Webhook",
      type: "n8n-nodes-base.webhook",
      typeVersion: 2.1,
      position: [0, 0],
      webhookId: "6b0a1c0e-58f5-4a61-9a3c-3f6f1c1d7a10",
      parameters: { httpMethod: "POST", path: "plane-ops-test", responseMode: "onReceived", options: {} },
    },
  ],
  connections: {},
  settings: { executionOrder: "v1" },
};

async function call<T = unknown>(method: string, path: string, body?: unknown) {
  const answer = await n8n.request(path, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  return { status: answer.status, body: (text.startsWith("{") ? JSON.parse(text) : text) as T };
}

async function made(): Promise<Workflow> {
  const { status, body } = await call<Workflow>("POST", "/api/v1/workflows", WORKFLOW);
  assert.equal(status, 200);
  return body;
}

test("n8n answers its health routes, and its API with the key only", async () => {
  for (const path of ["/healthz", "/healthz/readiness"]) {
    assert.deepEqual(await call("GET", path), { status: 200, body: { status: "ok" } });
  }
  assert.equal((await call("GET", "/api/v1/workflows")).status, 200);
  const without = await fetch(`${n8n.url}/api/v1/workflows`);
  assert.equal(without.status, 401);
  await without.body?.cancel();
});

test("rule 1: a workflow is taken with four keys, and refused with any other", async () => {
  for (const key of ["id", "active", "tags", "meta", "versionId", "unknown"]) {
    const { status } = await call("POST", "/api/v1/workflows", { ...WORKFLOW, [key]: "x" });
    assert.equal(status, 400, key);
  }
  const { id } = await made();
  const { body } = await call<Workflow>("GET", `/api/v1/workflows/${id}`);
  assert.equal((await call("PUT", `/api/v1/workflows/${id}`, body)).status, 400, "a GET's body");
});

test("rules 2 and 3: ids are the server's, names are not unique, and the same nodes again make no new version", async () => {
  const [one, two] = [await made(), await made()];
  assert.notEqual(one.id, two.id);
  const again = await call<Workflow>("PUT", `/api/v1/workflows/${one.id}`, WORKFLOW);
  assert.equal(again.status, 200);
  assert.equal(again.body.versionId, one.versionId);
  const { body } = await call<Workflow>("GET", `/api/v1/workflows/${one.id}`);
  assert.deepEqual(body.nodes, WORKFLOW.nodes);
});

test("a restart keeps the workflow, its key and its webhook", async () => {
  const { id } = await made();
  assert.equal((await call("POST", `/api/v1/workflows/${id}/activate`)).status, 200);
  await n8n.restart();
  const { status, body } = await call<Workflow>("GET", `/api/v1/workflows/${id}`);
  assert.equal(status, 200);
  assert.equal(body.active, true);
  const hook = await call("POST", "/webhook/plane-ops-test", { event: "issue" });
  assert.deepEqual(hook, { status: 200, body: { message: "Workflow was started" } });
});
