import "../../plane/localhost.ts";
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { SCOPES } from "../../providers/n8n/client.ts";
import { create as createOwner } from "../../providers/n8n/owner.ts";
import { BridgeHome } from "../support/bridgeHome.ts";
import { runN8nContainer } from "../support/n8nContainer.ts";
import { docker, run, sweepNames, TestStack } from "../support/stack.ts";
import { Telegram } from "../support/telegram.ts";

/** From a change in Plane to Telegram and back, deployed by the real engine to a real n8n that the platform has. */
const PREFIX = "e2enotify";
const PORT = 18_088;
const SUBNET = "10.233";
const SITE = `http://work.localhost:${PORT}`;
const OWNER = { email: "owner@javisi.local", password: "Password-of-a-test-1" };
let stack: TestStack;
let telegram: Telegram;
let n8n: string;
let apiKey: string;
let bridge: BridgeHome | undefined;

before(async () => {
  await sweepNames(`${PREFIX}_`);
  telegram = await Telegram.start("0.0.0.0");
  stack = await TestStack.create("notify", {
    "platform:prefix": PREFIX,
    "platform:httpPort": String(PORT),
    "platform:subnetPrefix": SUBNET,
  });
  const up = await stack.up();
  assert.equal(up.code, 0, up.text);
  n8n = await runN8nContainer(`${PREFIX}_n8n`, [`${PREFIX}_backend`, `${PREFIX}_egress`], PORT + 1);
  const owner = { url: n8n, ...OWNER, label: "plane-ops", scopes: SCOPES };
  apiKey = ((await createOwner(owner)).outs as { apiKey: string }).apiKey;
});

after(async () => {
  telegram?.stop();
  bridge?.remove();
  await run("docker", ["rm", "--force", "--volumes", `${PREFIX}_n8n`]);
  await stack?.dispose();
});

async function api<T>(path: string, init: RequestInit = {}): Promise<T> {
  const headers = { "X-N8N-API-KEY": apiKey, "content-type": "application/json" };
  const answer = await fetch(`${n8n}/api/v1${path}`, { ...init, headers });
  assert.ok(answer.ok, `${path}: ${answer.status}`);
  return (await answer.json()) as T;
}

type Listed = { data: { id: string; name: string; active: boolean; versionId: string }[] };

async function plane<T>(account: string, path: string, method = "GET", body?: object): Promise<T> {
  const tokens = (await stack.outputs())["tokens"] as Record<string, string>;
  const answer = await fetch(`${SITE}/api/v1/workspaces/javisi/${path}`, {
    method,
    headers: { Authorization: `Bearer ${tokens[account]}`, "content-type": "application/json" },
    ...(body && { body: JSON.stringify(body) }),
  });
  assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${await answer.clone().text()}`);
  return (await answer.json()) as T;
}

interface Named {
  id: string;
  name: string;
}

/** Finishes a new task of the example project in an agent's name; returns its name. */
async function finish(name: string): Promise<string> {
  const { results: projects } = await plane<{ results: Named[] }>("imhotep", "projects/");
  const project = `projects/${projects.find((each) => each.name === "Onboarding")?.id}/`;
  const { results: states } = await plane<{ results: Named[] }>("imhotep", `${project}states/`);
  const item = await plane<Named>("imhotep", `${project}work-items/`, "POST", { name });
  const done = states.find((state) => state.name === "Done")?.id;
  await plane("imhotep", `${project}work-items/${item.id}/`, "PATCH", { state: done });
  return name;
}

async function message(words: RegExp | string): Promise<string> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const found = telegram.texts.find((text) =>
      typeof words === "string" ? text.includes(words) : words.test(text),
    );
    if (found !== undefined) return found;
    assert.ok(Date.now() < deadline, `${words} does not come:\n${telegram.texts.join("\n")}`);
    await sleep(20);
  }
}

test("NOTIF-03: an n8n that refuses the key is told in preview, and nothing is touched", async () => {
  await stack.set("notifications:enabled", "true");
  await stack.set("notifications:n8nUrl", n8n);
  await stack.set("notifications:chat", "4242");
  await stack.set("notifications:telegramUrl", `http://${SUBNET}.4.1:${telegram.port}`);
  await stack.setSecret("notifications:telegramToken", Telegram.TOKEN);
  await stack.setSecret("notifications:n8nApiKey", "nobody's key");
  const { code, text } = await stack.preview();
  assert.notEqual(code, 0);
  assert.match(text, /refuses the API key.*notifications:n8nApiKey/);
  assert.deepEqual((await api<Listed>("/workflows")).data, []);
});

test("NOTIF-03: `up` deploys the flows, beside somebody else's, and a second one changes nothing", async () => {
  const foreign = { name: "somebody's", nodes: [], connections: {}, settings: {} };
  await api("/workflows", { method: "POST", body: JSON.stringify(foreign) });
  await stack.setSecret("notifications:n8nApiKey", apiKey);
  const up = await stack.up();
  assert.equal(up.code, 0, up.text);
  const versions = async () =>
    (await api<Listed>("/workflows")).data.map(({ name, versionId }) => [name, versionId]).sort();
  const before = await versions();
  assert.ok(before.length > 8);
  assert.deepEqual(await stack.drift(), {});
  assert.equal((await stack.up()).code, 0);
  assert.deepEqual(await versions(), before);
});

/** Uses a tool of plane-bridge as an agent. */
async function use(agent: string, tool: string, input: object): Promise<Record<string, unknown>> {
  bridge ??= await BridgeHome.create(SITE, (await stack.outputs())["tokens"] as Record<string, string>);
  const ended = await bridge.run([tool, "--json", "--input", "-"], { agent, input: JSON.stringify(input) });
  assert.equal(ended.code, 0, ended.stderr);
  return JSON.parse(ended.stdout) as Record<string, unknown>;
}

test("NOTIF-03, NOTIF-04, NOTIF-07: an agent starts and finishes a task with plane-bridge, and Telegram is told of both", async (context) => {
  const title = "Écrire le guide";
  const { id } = await use("concierge", "plane_create_task", {
    project_id: "ONB",
    title,
    assignee: "imhotep",
  });
  const since = async (work: Promise<unknown>, words: RegExp) => {
    const started = performance.now();
    await work;
    const answered = performance.now();
    const text = await message(words);
    const [first, second] = [answered - started, performance.now() - started].map(Math.round);
    context.diagnostic(`plane-bridge ${first} ms, told in Telegram after ${second} ms`);
    return text;
  };
  const move = (status: string, more: object = {}) =>
    use("imhotep", "plane_update_task_status", { task_id: id, status, ...more });
  await since(move("in_progress"), /Imhotep[^]*Écrire le guide[^]*en cours/);
  const told = await since(
    move("done", { summary: "Le guide est écrit.", confidence: 0.9 }),
    /^✅ .*Écrire le guide/,
  );
  assert.match(told, /✅ <b>\[Onboarding\]<\/b> Agent Imhotep a complété/);
  assert.match(told, /Temps passé/);
});

test("NOTIF-06: /plane status comes in through Caddy, with Telegram's secret token, and is answered", async () => {
  const secret = String((await stack.outputs())["telegramSecretToken"]);
  const write = (token: string) =>
    fetch(`${SITE}/webhooks/telegram`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-telegram-bot-api-secret-token": token },
      body: JSON.stringify({
        update_id: 1,
        message: {
          ...{ message_id: 1, chat: { id: 4242 }, text: "/plane status" },
          date: Math.floor(Date.now() / 1000),
        },
      }),
    });
  assert.equal((await write("guessed")).status, 403);
  assert.equal((await write(secret)).status, 200);
  assert.match(await message(/1 projet actif/), /Onboarding/);
});

test("NOTIF-03: a flow that was edited or switched off in n8n is drift, and is mended", async () => {
  const { data } = await api<Listed>("/workflows");
  const idOf = (name: string) => data.find((each) => each.name === name)?.id;
  await api(`/workflows/${idOf("plane-outbox")}/deactivate`, { method: "POST" });
  await api(`/workflows/${idOf("plane-live")}`, { method: "DELETE" });
  const drift = await stack.drift();
  assert.equal(drift["n8n-workflow-outbox"], "update");
  assert.equal(drift["n8n-workflow-live"], "create");
  const up = await stack.up("--refresh");
  assert.equal(up.code, 0, up.text);
  assert.deepEqual(await stack.drift(), {});
});

test("NOTIF-01, NOTIF-02: another webhook secret reaches n8n in the same `up`, and nothing of what happens meanwhile is lost", async (context) => {
  await stack.set("plane:rotateWebhookSecret", "true");
  let isUnderWay = true;
  const up = stack.up().finally(() => {
    isUnderWay = false;
  });
  const names: string[] = [];
  while (isUnderWay) {
    names.push(await finish(`Pendant la rotation ${names.length + 1}.`));
    // Two or four requests each, of a hundred a minute.
    await sleep(2000);
  }
  assert.equal((await up).code, 0, (await up).text);
  await message(await finish("Après la rotation"));
  const late = names.filter((name) => !telegram.texts.some((text) => text.includes(name)));
  context.diagnostic(`${names.length} tasks were finished meanwhile, ${late.length} left to the catch-up`);
  await lookOften();
  for (const name of names) await message(name);
});

/** The catch-up comes every five minutes: a test does not wait for that. */
async function lookOften(): Promise<void> {
  const { data } = await api<Listed>("/workflows");
  const id = data.find((each) => each.name === "plane-catch-up")?.id;
  const { name, nodes, connections, settings } = await api<{
    name: string;
    nodes: { type: string }[];
    connections: object;
    settings: object;
  }>(`/workflows/${id}`);
  const parameters = { rule: { interval: [{ field: "seconds", secondsInterval: 5 }] } };
  const often = nodes.map((node) => (node.type.endsWith("scheduleTrigger") ? { ...node, parameters } : node));
  const body = JSON.stringify({ name, nodes: often, connections, settings });
  await api(`/workflows/${id}`, { method: "PUT", body });
}

test("NOTIF-02: where Caddy has no module for it, its limit is refused, and the site stays as it was", async () => {
  await stack.set("caddy:rateLimitModule", "true");
  const up = await stack.up();
  assert.notEqual(up.code, 0);
  assert.match(up.text, /rate_limit/);
  assert.equal((await fetch(`${SITE}/api/health`)).status, 200);
  await stack.set("caddy:rateLimitModule", "false");
  const mended = await stack.up("--refresh");
  assert.equal(mended.code, 0, mended.text);
});

test("no secret stands in the state, in outputs or in a workflow", async () => {
  const text = (await stack.state()) + JSON.stringify(await api("/workflows"));
  const tokens = (await stack.outputs())["tokens"] as Record<string, string>;
  for (const secret of [
    Telegram.TOKEN,
    apiKey,
    tokens["n8n"] ?? "",
    String((await stack.outputs())["telegramSecretToken"]),
  ])
    assert.ok(secret.length > 8 && !text.includes(secret));
});

test("MONITOR-01: n8n tells a GET whether Plane's webhooks are listened for, and starts no flow for it", async () => {
  const asked = async (path: string) => {
    const answer = await fetch(`${n8n}/webhook/${path}`);
    return { status: answer.status, text: await answer.text() };
  };
  const listened = await asked("plane");
  assert.equal(listened.status, 404);
  assert.match(listened.text, /POST request/);
  assert.doesNotMatch((await asked("nobody-listens")).text, /POST request/);
});

test("without notifications the flows, their credentials and tables are gone, and somebody else's stay", async () => {
  await stack.set("notifications:enabled", "false");
  const up = await stack.up();
  assert.equal(up.code, 0, up.text);
  assert.deepEqual(
    (await api<Listed>("/workflows")).data.map(({ name }) => name),
    ["somebody's"],
  );
  assert.deepEqual((await api<Listed>("/credentials")).data, []);
  assert.deepEqual((await api<Listed>("/data-tables")).data, []);
  assert.equal(await docker("inspect", "--format", "{{.State.Running}}", `${PREFIX}_n8n`), "true");
});
