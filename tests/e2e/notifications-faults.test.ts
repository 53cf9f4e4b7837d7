// Runs beside others: its servers have ports and folders of their own.
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { commentHtml } from "../../skills/plane-bridge/core/comments.ts";
import { commentBy, stateChange, type TestItem } from "../support/deliveries.ts";
import { FlowsWorld } from "../support/flowsWorld.ts";
import { PlaneAnswers } from "../support/planeAnswers.ts";
import { Telegram } from "../support/telegram.ts";

/** What the flows do on a real n8n when others fail, and when much comes at once. */
const CHAT = "4242";
const ALERTS = "4343";
let world: FlowsWorld;
let number = 100;

before(async () => {
  world = await FlowsWorld.start("flow-faults");
});

after(async () => {
  await world?.stop();
});

beforeEach(() => {
  world.telegram.calls.length = 0;
  world.telegram.refused.length = 0;
  world.telegram.mood = "well";
  world.telegram.blockedBy = "";
  world.answers = undefined;
});

function task(): TestItem {
  const item = { number: number++, name: `Tâche ${number}`, state: "Done", agent: "imhotep" };
  world.set(item);
  return item;
}

const done = (item: TestItem) => stateChange("imhotep", item, "In Progress", Date.now());
const linkOf = (item: TestItem) => `/browse/ONB-${item.number}/`;
const textsTo = (chat: string) =>
  world.telegram.calls.filter((call) => call.chat === chat).map(({ html }) => html);

async function until(what: string, isThere: () => boolean, within = 90_000): Promise<void> {
  const deadline = Date.now() + within;
  while (!isThere()) {
    assert.ok(Date.now() < deadline, `${what} does not come:\n${world.telegram.texts.join("\n")}`);
    await sleep(100);
  }
}

/** Each of these is told by one message. */
async function toldOnce(items: TestItem[]): Promise<void> {
  const times = () => items.map((item) => textsTo(CHAT).filter((text) => text.includes(linkOf(item))).length);
  await until("a message", () => !times().includes(0));
  await sleep(2000);
  assert.deepEqual(
    times().filter((count) => count !== 1),
    [],
  );
}

interface Flow {
  id: string;
  name: string;
  nodes: { type: string; parameters: object }[];
  connections: object;
  settings: object;
}

async function flowNamed(name: string): Promise<Flow> {
  const answer = await world.n8n.request(`/api/v1/workflows?name=${name}`);
  const found = ((await answer.json()) as { data: Flow[] }).data.find((flow) => flow.name === name);
  assert.ok(found, name);
  return found;
}

async function must(path: string, method: string, body?: object): Promise<{ id: string }> {
  const answer = await world.n8n.request(`/api/v1${path}`, {
    method,
    ...(body && { body: JSON.stringify(body) }),
  });
  assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${await answer.clone().text()}`);
  return (await answer.json()) as { id: string };
}

const SOON = { rule: { interval: [{ field: "seconds", secondsInterval: 3 }] } };
const atOnce = (flow: Flow) =>
  flow.nodes.map((node) => (node.type.endsWith("scheduleTrigger") ? { ...node, parameters: SOON } : node));

test("NOTIF-02, NOTIF-03: a hundred deliveries at once are all taken, and each is told once", async (context) => {
  await sleep(60_000 - (Date.now() % 60_000));
  const items = Array.from({ length: 100 }, task);
  const started = performance.now();
  const elapsed = () => Math.round(performance.now() - started);
  const statuses = await Promise.all(items.map((item) => world.deliver(done(item))));
  context.diagnostic(`100 at once are answered in ${elapsed()} ms`);
  assert.deepEqual(new Set(statuses), new Set([200]));
  await toldOnce(items);
  context.diagnostic(`and told in ${elapsed() - 2000} ms`);
});

test("NOTIF-03: a hundred deliveries in ten seconds are all told, once", async (context) => {
  await sleep(60_000 - (Date.now() % 60_000));
  const items = Array.from({ length: 100 }, task);
  const began = Date.now();
  const sent = new Map<string, number>();
  const answers: Promise<number>[] = [];
  for (const [index, item] of items.entries()) {
    await sleep(Math.max(0, began + index * 100 - Date.now()));
    sent.set(linkOf(item), Date.now());
    answers.push(world.deliver(done(item)));
  }
  assert.deepEqual(new Set(await Promise.all(answers)), new Set([200]));
  await toldOnce(items);
  const took = world.telegram.calls
    .flatMap(({ html, at }) =>
      [...sent].filter(([link]) => html.includes(link)).map(([, since]) => at - since),
    )
    .sort((one, other) => one - other);
  context.diagnostic(`delivery to Telegram p50 ${took[50]} ms, p95 ${took[95]} ms`);
});

test("NOTIF-03: what Telegram has no time for, or fails at, is sent later, once, and not before it has asked for that", async () => {
  world.telegram.mood = "busy";
  world.telegram.retryAfter = 40;
  const [one, other] = [task(), task()];
  const since = Date.now();
  const asked = () => world.telegram.refused.filter((why) => why.includes("retry after 40")).length;
  const before = asked();
  assert.equal(await world.deliver(done(one)), 200);
  // On a busy machine the first try is not at once, and it is this answer that says how long to wait.
  await until("the first try", () => asked() > before);
  world.telegram.mood = "broken";
  assert.equal(await world.deliver(done(other)), 200);
  await sleep(3000);
  assert.deepEqual(world.telegram.texts, []);
  world.telegram.mood = "well";
  await toldOnce([one, other]);
  const told = world.telegram.calls.find(({ html }) => html.includes(linkOf(one)));
  assert.ok((told?.at ?? 0) - since >= 40_000, `told after ${(told?.at ?? 0) - since} ms`);
});

test("a message that Telegram refuses is told to the second channel, once, without the bot's token", async () => {
  world.telegram.blockedBy = CHAT;
  assert.equal(await world.deliver(done(task())), 200);
  await until("the alert", () => textsTo(ALERTS).length > 0);
  await sleep(12_000);
  const alerts = textsTo(ALERTS);
  assert.equal(alerts.length, 1, alerts.join("\n"));
  assert.match(alerts[0] ?? "", /Telegram refuse un message : .*Forbidden: bot was blocked by the user/);
  assert.ok(!alerts.join().includes(Telegram.TOKEN));
});

test("a flow that fails is told to the second channel, with its name and where, without a token", async () => {
  const { id: errorWorkflow } = await flowNamed("plane-errors");
  const message = `request to https://api.telegram.org/bot${Telegram.TOKEN}/sendMessage failed`;
  const node = (name: string, type: string, typeVersion: number, parameters: object) => ({
    ...{ id: name, name, type: `n8n-nodes-base.${type}`, typeVersion, parameters, position: [0, 0] },
  });
  const { id } = await must("/workflows", "POST", {
    name: "plane-made-to-fail",
    nodes: [
      node("Every 3 s", "scheduleTrigger", 1.3, SOON),
      node("Falls", "stopAndError", 1, { errorType: "errorMessage", errorMessage: message }),
    ],
    connections: { "Every 3 s": { main: [[{ node: "Falls", type: "main", index: 0 }]] } },
    settings: { executionOrder: "v1", errorWorkflow },
  });
  await must(`/workflows/${id}/activate`, "POST");
  await until("the alert", () => textsTo(ALERTS).some((text) => text.includes("plane-made-to-fail")));
  await must(`/workflows/${id}`, "DELETE");
  const [alert = ""] = textsTo(ALERTS).filter((text) => text.includes("plane-made-to-fail"));
  assert.match(alert, /Un flux de Plane a échoué.*plane-made-to-fail › Falls/);
  assert.match(alert, /bot…\/sendMessage/);
  assert.ok(!alert.includes(Telegram.TOKEN));
});

test("NOTIF-07: of a live message that a person has deleted the next change is told in a new one, and others are not kept", async () => {
  const item = { ...task(), state: "In Progress" };
  world.set(item);
  const progress = (percent: number) =>
    world.deliver(
      commentBy(
        "imhotep",
        item,
        commentHtml(`${percent} pour cent`, { template: "progress", percent, critical: false }),
        Date.now(),
      ),
    );
  const isEdited = () => world.telegram.refused.some((why) => why.includes("message to edit not found"));
  await world.deliver(stateChange("imhotep", item, "Todo", Date.now()));
  await until("the live message", () => textsTo(CHAT).length === 1);
  world.telegram.shown.delete(world.telegram.calls[0]?.message ?? 0);
  await progress(30);
  await until("an edit", isEdited);
  await sleep(3000);
  await progress(60);
  await until("a new message", () => textsTo(CHAT).some((text) => text.includes("60 pour cent")));
  assert.deepEqual(
    world.telegram.calls.map(({ method }) => method),
    ["sendMessage", "sendMessage"],
  );
});

test("NOTIF-08: the digest of the morning comes as one message", async () => {
  const plane = new PlaneAnswers();
  const yesterday = new Date(Date.now() - 86_400_000).toISOString();
  plane.projects.push({ identifier: "ONB", name: "Onboarding" });
  plane.items.push(
    { project: "ONB", number: 1, name: "Planifier", state: "Done", completedAt: yesterday },
    { project: "ONB", number: 2, name: "Attendre", state: "Blocked", fields: { agent_id: "imhotep" } },
  );
  world.answers = (need) => plane.get(need);
  const { id, name, nodes, connections, settings, ...rest } = await flowNamed("plane-digest");
  await must(`/workflows/${id}`, "PUT", {
    name,
    nodes: atOnce({ id, name, nodes, connections, settings, ...rest }),
    connections,
    settings,
  });
  await until("the digest", () => textsTo(CHAT).some((text) => text.includes("Digest du")));
  await must(`/workflows/${id}`, "PUT", { name, nodes, connections, settings });
  const [digest = ""] = textsTo(CHAT).filter((text) => text.includes("Digest du"));
  assert.match(digest, /Terminées hier \(1\)[^]*ONB-1[^]*Bloquées \(1\)[^]*ONB-2/);
});

test("NOTIF-02: without the credential that signs nothing is taken for Plane's, and the second channel is told, once", async () => {
  const answer = await world.n8n.request("/api/v1/credentials");
  const { data } = (await answer.json()) as { data: { id: string; name: string }[] };
  const webhook = data.find(({ name }) => name === "plane-ops webhook");
  assert.ok(webhook);
  await must(`/credentials/${webhook.id}`, "DELETE");
  for (const item of [task(), task(), task()]) assert.equal(await world.deliver(done(item)), 500);
  const told = () => textsTo(ALERTS).filter((text) => text.includes("ne peut pas être vérifiée"));
  await until("the alert", () => told().length > 0);
  await sleep(3000);
  assert.equal(told().length, 1);
  assert.deepEqual(textsTo(CHAT), []);
});
