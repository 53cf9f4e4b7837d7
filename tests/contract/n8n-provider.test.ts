// Runs beside others: its servers have ports and folders of their own.
import "../support/quickRetries.ts";
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { N8nApi } from "../../providers/n8n/client.ts";
import * as credential from "../../providers/n8n/credential.ts";
import * as dataTable from "../../providers/n8n/dataTable.ts";
import * as owner from "../../providers/n8n/owner.ts";
import { n8nProblems } from "../../providers/n8n/problems.ts";
import * as workflow from "../../providers/n8n/workflow.ts";
import { CutAfter } from "../support/cutAfter.ts";
import { N8n } from "../support/n8n.ts";

/** The providers against a real n8n, beside workflows, credentials and tables of somebody else. */
let n8n: N8n;
let api: N8nApi;
let foreign: string;

before(async () => {
  n8n = await N8n.start();
  api = { url: n8n.url, apiKey: n8n.apiKey };
  const theirs = await make("/workflows", hook("somebody's", "theirs", "theirs"));
  await n8n.request(`/api/v1/workflows/${theirs.id}/activate`, { method: "POST" });
  await make("/credentials", { name: "somebody's", type: "crypto", data: { hmacSecret: "theirs" } });
  await make("/data-tables", { name: "somebodys", columns: [{ name: "a", type: "string" }] });
  foreign = await everythingForeign();
});

after(async () => {
  await n8n?.stop();
});

/** A workflow that answers at a path with a word. */
function hook(name: string, path: string, word: string, more: object[] = []): workflow.WorkflowText {
  const id = (part: string) =>
    `00000000-0000-4000-8000-${Buffer.from(`${path}${part}`).toString("hex").padEnd(12, "0").slice(0, 12)}`;
  return {
    name,
    nodes: [
      {
        id: id("w"),
        name: "Webhook",
        type: "n8n-nodes-base.webhook",
        typeVersion: 2.1,
        position: [0, 0],
        webhookId: id("h"),
        parameters: { httpMethod: "POST", path, responseMode: "onReceived", options: { responseData: word } },
      },
      ...more,
    ],
    connections: {},
    settings: { executionOrder: "v1", timezone: "Europe/Paris" },
  };
}

const UNKNOWN = {
  id: "00000000-0000-4000-8000-00000000beef",
  name: "Nobody knows",
  type: "n8n-nodes-base.nobodyKnows",
  typeVersion: 1,
  position: [200, 0],
  parameters: {},
};

async function get<T = Record<string, unknown>>(path: string): Promise<T> {
  return (await (await n8n.request(`/api/v1${path}`)).json()) as T;
}

async function make(path: string, body: object): Promise<{ id: string }> {
  const answer = await n8n.request(`/api/v1${path}`, { method: "POST", body: JSON.stringify(body) });
  assert.ok(answer.ok, await answer.clone().text());
  return (await answer.json()) as { id: string };
}

async function said(path: string): Promise<string> {
  return (await fetch(`${n8n.url}/webhook/${path}`, { method: "POST" })).text();
}

const names = async (path: string) =>
  (await get<{ data: { name: string }[] }>(path)).data.map(({ name }) => name).sort();

async function everythingForeign(): Promise<string> {
  const lists = await Promise.all(
    ["/workflows", "/credentials", "/data-tables"].map((path) => get<{ data: { name: string }[] }>(path)),
  );
  return JSON.stringify(lists.map(({ data }) => data.filter(({ name }) => name.startsWith("somebody"))));
}

const wanted = (word: string, more?: object[]) => ({
  api,
  workflow: hook("plane-test", "plane-test", word, more),
  active: true,
});

let id: string;

test("NOTIF-03: a workflow is made, runs, and reads back as it was sent", async () => {
  ({ id } = await workflow.create(wanted("one")));
  assert.equal(await said("plane-test"), "one");
  assert.deepEqual((await workflow.read(id, wanted("one"))).inputs, wanted("one"));
  assert.deepEqual(await names("/workflows"), ["plane-test", "somebody's"]);
});

test("NOTIF-03: what is equal is not saved again, so that the webhook never goes away", async () => {
  const { versionId, updatedAt } = await get(`/workflows/${id}`);
  await workflow.update(id, wanted("one"), wanted("one"));
  const again = await workflow.create(wanted("one"));
  assert.equal(again.id, id);
  const now = await get(`/workflows/${id}`);
  assert.deepEqual([now.versionId, now.updatedAt], [versionId, updatedAt]);
});

test("NOTIF-03: a change goes live at once, under the same id", async () => {
  await workflow.update(id, wanted("one"), wanted("two"));
  assert.equal(await said("plane-test"), "two");
});

test("NOTIF-03: an edit in n8n's pages is drift, and is mended", async () => {
  const edited = hook("plane-test", "plane-test", "by hand");
  await n8n.request(`/api/v1/workflows/${id}`, { method: "PUT", body: JSON.stringify(edited) });
  const { inputs } = await workflow.read(id, wanted("two"));
  assert.deepEqual(inputs?.workflow, edited);
  await workflow.update(id, wanted("two"), wanted("two"));
  assert.equal(await said("plane-test"), "two");
});

test("NOTIF-03: one that was switched off is drift, and runs again", async () => {
  await n8n.request(`/api/v1/workflows/${id}/deactivate`, { method: "POST" });
  assert.equal((await workflow.read(id, wanted("two"))).inputs?.active, false);
  await workflow.update(id, wanted("two"), wanted("two"));
  assert.equal(await said("plane-test"), "two");
});

test("NOTIF-03: one that was archived is drift, and runs again", async () => {
  await n8n.request(`/api/v1/workflows/${id}/archive`, { method: "POST" });
  assert.equal((await workflow.read(id, wanted("two"))).inputs?.active, false);
  await workflow.update(id, wanted("two"), wanted("two"));
  assert.equal(await said("plane-test"), "two");
});

test("NOTIF-03: a broken workflow never goes live: it is tried out under a name of its own first", async () => {
  await assert.rejects(
    workflow.update(id, wanted("two"), wanted("three", [UNKNOWN])),
    /n8n does not take workflow plane-test, so nothing that runs was touched: .*nobodyKnows/,
  );
  assert.equal(await said("plane-test"), "two");
  assert.deepEqual(await names("/workflows"), ["plane-test", "somebody's"]);
});

test("NOTIF-03, NOTIF-06: a Telegram trigger is refused before anything is tried: it would take the bot's updates away", async () => {
  const trigger = {
    ...{ id: "00000000-0000-4000-8000-00000000cafe", name: "Updates", position: [0, 200] },
    ...{ type: "n8n-nodes-base.telegramTrigger", typeVersion: 1.2, parameters: { updates: ["message"] } },
  };
  await assert.rejects(
    workflow.update(id, wanted("two"), wanted("three", [trigger])),
    /plane-test was not touched: .*"Updates" \(n8n-nodes-base\.telegramTrigger\).*webhook or a schedule/,
  );
  assert.equal(await said("plane-test"), "two");
  assert.deepEqual(await names("/workflows"), ["plane-test", "somebody's"]);
});

test("NOTIF-03: a setting that was changed in n8n's pages is drift and is mended", async () => {
  const settings = {
    callerPolicy: "workflowsFromSameOwner",
    saveExecutionProgress: false,
    errorWorkflow: "",
  };
  const named = { ...wanted("two"), workflow: { ...wanted("two").workflow } };
  named.workflow.settings = { ...named.workflow.settings, ...settings };
  await workflow.update(id, wanted("two"), named);
  assert.deepEqual((await workflow.read(id, named)).inputs, named);
  const byHand = { callerPolicy: "none", saveExecutionProgress: true, errorWorkflow: id };
  const edited = { ...named.workflow, settings: { ...named.workflow.settings, ...byHand } };
  await n8n.request(`/api/v1/workflows/${id}`, { method: "PUT", body: JSON.stringify(edited) });
  assert.deepEqual((await workflow.read(id, named)).inputs?.workflow, edited);
  await workflow.update(id, named, named);
  assert.deepEqual((await workflow.read(id, named)).inputs, named);
});

test("NOTIF-03: a path that somebody else's workflow has is not taken, and nothing is touched", async () => {
  const taking = { ...wanted("three"), workflow: { ...wanted("three").workflow } };
  taking.workflow.nodes = hook("plane-test", "theirs", "mine").nodes;
  await assert.rejects(
    workflow.update(id, wanted("two"), taking),
    /workflow plane-test was not touched: workflow "somebody's" .* listens at theirs already/,
  );
  assert.equal(await said("plane-test"), "two");
  assert.equal(await said("theirs"), "theirs");
  await workflow.update(id, wanted("two"), wanted("two"));
  assert.deepEqual((await workflow.read(id, wanted("two"))).inputs, wanted("two"));
});

test("NOTIF-03: what n8n refuses only when it goes live gives its place back to the version that ran", async () => {
  // A form's path is not known for one of a webhook's until both listen.
  const form = await make("/workflows", {
    ...hook("somebody's form", "form", ""),
    nodes: [
      {
        ...{ id: "00000000-0000-4000-8000-0000000f0000", name: "Form", position: [0, 0] },
        ...{ type: "n8n-nodes-base.formTrigger", typeVersion: 2.3, webhookId: "the-forms" },
        parameters: { formTitle: "Theirs", formFields: { values: [] }, options: { path: "the-forms" } },
      },
    ],
  });
  await n8n.request(`/api/v1/workflows/${form.id}/activate`, { method: "POST" });
  const taking = { ...wanted("three"), workflow: hook("plane-test", "the-forms", "mine") };
  await assert.rejects(
    workflow.update(id, wanted("two"), taking),
    /workflow plane-test was not taken: .*The one from before runs again/,
  );
  assert.equal(await said("plane-test"), "two");
  assert.equal(
    (await workflow.read(id, wanted("two"))).inputs?.active,
    false,
    "what is shown is not what runs",
  );
  await n8n.request(`/api/v1/workflows/${form.id}`, { method: "DELETE" });
  await workflow.update(id, wanted("two"), wanted("two"));
  assert.deepEqual((await workflow.read(id, wanted("two"))).inputs, wanted("two"));
});

test("two workflows of one name are nobody's to choose from: a message says which", async () => {
  const twin = await make("/workflows", hook("plane-test", "twin", "twin"));
  await assert.rejects(
    workflow.create(wanted("two")),
    new RegExp(`n8n has 2 workflows "plane-test": .*${twin.id}`),
  );
  await n8n.request(`/api/v1/workflows/${twin.id}`, { method: "DELETE" });
});

const secretOf = (hmacSecret: string) => ({
  ...{ api, name: "plane-ops test", type: "crypto", data: { hmacSecret }, untouched: true },
});

test("NOTIF-02: a credential's rotation is one change in place; changed or renamed by hand it is drift", async () => {
  const made = await credential.create(secretOf("first"));
  const read = async (outs: unknown) => (await credential.read(made.id, outs as never)).inputs;
  assert.deepEqual(await read(made.outs), secretOf("first"));
  const { outs } = await credential.update(made.id, made.outs, secretOf("second"));
  assert.deepEqual(await read(outs), secretOf("second"));
  const patch = (body: object) =>
    n8n.request(`/api/v1/credentials/${made.id}`, { method: "PATCH", body: JSON.stringify(body) });
  await patch({ name: "by hand", type: "crypto", data: { hmacSecret: "by hand" } });
  const { name, untouched } = (await read(outs)) ?? {};
  assert.deepEqual([name, untouched], ["by hand", false]);
  const mended = await credential.update(made.id, outs as never, secretOf("second"));
  assert.deepEqual(await read(mended.outs), secretOf("second"));
  assert.equal((await credential.create(secretOf("second"))).id, made.id);
  await credential.delete(made.id, mended.outs as never);
  assert.deepEqual(await names("/credentials"), ["somebody's"]);
});

test("a data table keeps its rows when a column is added", async () => {
  const column = (name: string): dataTable.Column => ({ name, type: "string" });
  const table = (...columns: string[]) => ({ api, name: "plane_ops_test", columns: columns.map(column) });
  const { id } = await dataTable.create(table("a"));
  await dataTable.update(id, table("a"), table("a", "b"));
  assert.deepEqual((await dataTable.read(id, table("a", "b"))).inputs, table("a", "b"));
  assert.equal((await dataTable.create(table("a", "b"))).id, id);
  const number = { ...table("a"), columns: [{ name: "a", type: "number" as const }] };
  await assert.rejects(dataTable.update(id, table("a"), number), /has a as another type than wanted/);
  await dataTable.delete(id, table("a"));
  assert.deepEqual(await names("/data-tables"), ["somebodys"]);
});

test("what was deleted by hand is gone when it is looked at, and deleting it again is no error", async () => {
  const made = await workflow.create({ ...wanted("x"), workflow: hook("plane-gone", "plane-gone", "x") });
  await n8n.request(`/api/v1/workflows/${made.id}`, { method: "DELETE" });
  assert.deepEqual(await workflow.read(made.id, wanted("x")), {});
  await workflow.delete(made.id, wanted("x"));
});

test("killed at any call, the next run converges with nothing doubled and nothing left over", async () => {
  const inputs = (word: string) => ({
    ...wanted(word),
    workflow: hook("plane-killed", "plane-killed", word),
  });
  const cut = await CutAfter.start(n8n.url);
  try {
    const through = (word: string) => ({ ...inputs(word), api: { ...api, url: cut.url } });
    for (let calls = 0; ; calls++) {
      cut.allow(calls);
      // A fresh one, then a change of what is there.
      const whole = await workflow.create(through(`word ${calls}`)).then(
        () => true,
        () => false,
      );
      if (whole) break;
      assert.ok(calls < 30, "it never gets through");
      const { id } = await workflow.create(inputs(`word ${calls}`));
      assert.equal(await said("plane-killed"), `word ${calls}`);
      assert.deepEqual(await names("/workflows"), ["plane-killed", "plane-test", "somebody's"]);
      if (calls % 2 === 0) await workflow.delete(id, inputs(""));
    }
  } finally {
    await cut.stop();
  }
});

test("NOTIF-03: an n8n that can be deployed to has no problems; else they are told with what mends them", async () => {
  assert.deepEqual(await n8nProblems(api), []);
  const [key] = await n8nProblems({ ...api, apiKey: "nobody's" });
  assert.match(key ?? "", /refuses the API key: .*notifications:n8nApiKey/);
  const [away] = await n8nProblems({ ...api, url: "http://127.0.0.1:9" });
  assert.match(away ?? "", /no answer .*notifications:n8nUrl/);
});

test("NOTIF-03: an n8n of one's own gets its owner and an API key with nobody at a keyboard, also where a run was killed", async () => {
  const mine = { ...n8n.owner, label: "another key" };
  const keyOf = ({ outs }: { outs?: unknown }) => outs as owner.OwnerOutputs;
  const lost = await owner.create(mine);
  assert.deepEqual((await owner.read(lost.id, keyOf(lost))).inputs, mine);
  const made = await owner.create(mine);
  assert.deepEqual(await owner.read(lost.id, keyOf(lost)), {}, "of one label there is one key");
  assert.deepEqual((await owner.read(made.id, keyOf(made))).inputs, mine);
  await assert.rejects(
    owner.create({ ...mine, password: "Somebody-else-1" }),
    /belongs to somebody else already.*notifications:n8nUrl.*notifications:n8nApiKey/,
  );
});

test("workflows, credentials and tables of others are as they were", async () => {
  await workflow.delete(id, wanted("two"));
  assert.equal(await everythingForeign(), foreign);
  assert.equal(await said("theirs"), "theirs");
});
