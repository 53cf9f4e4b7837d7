import "../../plane/localhost.ts";
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { SCOPES } from "../../providers/n8n/client.ts";
import { create as createOwner } from "../../providers/n8n/owner.ts";
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

test("NOTIF-03, NOTIF-04: an agent finishes a task in Plane, and Telegram is told", async (context) => {
  const started = performance.now();
  const name = await finish("Écrire le guide");
  assert.match(await message(name), /✅ <b>\[Onboarding\]<\/b> Agent Imhotep a complété/);
  context.diagnostic(`${Math.round(performance.now() - started)} ms from the first request to the message`);
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

test("NOTIF-01, NOTIF-02: another webhook secret reaches n8n in the same `up`", async () => {
  await stack.set("plane:rotateWebhookSecret", "true");
  const up = await stack.up();
  assert.equal(up.code, 0, up.text);
  await message(await finish("Après la rotation"));
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
