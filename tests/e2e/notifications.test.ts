// Runs beside others: its servers have ports and folders of their own.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, beforeEach, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { commentHtml } from "../../skills/plane-bridge/core/comments.ts";
import { recordedDeliveries } from "../contract/plane/replay.ts";
import { commentBy, idOf, ONBOARDING, stateChange, type TestItem, twin } from "../support/deliveries.ts";
import { FlowsWorld } from "../support/flowsWorld.ts";
import { PlaneAnswers } from "../support/planeAnswers.ts";

/** From Plane's delivery to Telegram on a real n8n (contracts/n8n), with a real Redis. */
const GOLDEN = fileURLToPath(new URL("../unit/notifications.golden.md", import.meta.url));
let world: FlowsWorld;
let number = 100;

before(async () => {
  world = await FlowsWorld.start("flows");
});

after(async () => {
  await world?.stop();
});

beforeEach(() => {
  world.telegram.calls.length = 0;
  world.told.length = 0;
  world.telegram.mood = "well";
  world.planeStatus = 0;
  world.answers = undefined;
});

/** Another task of Imhotep's, which Plane's API shows too. */
function task(state: string, more: Partial<TestItem> = {}): TestItem {
  const item = { number: number++, name: `Tâche ${number}`, state, agent: "imhotep", ...more };
  world.set(item);
  return item;
}

const done = (item: TestItem) => stateChange("imhotep", item, "In Progress", Date.now());
const linkOf = ({ number }: TestItem) => `/browse/ONB-${number}/`;

/** A recorded delivery as it would come now: nothing that is older than two hours is told. */
function now(body: string, issue?: string): string {
  const delivery = JSON.parse(body) as { data: { id: string; updated_at?: string } };
  const data = { ...delivery.data, updated_at: new Date().toISOString(), ...(issue && { id: issue }) };
  return JSON.stringify({ ...delivery, data });
}

/** The messages of the golden file's recorded deliveries, by their number. */
function golden(): Map<number, string> {
  const [, recorded = ""] = readFileSync(GOLDEN, "utf8").split("## The recorded deliveries");
  const sections = (recorded.split("\n## ")[0] ?? "").split("\n### ").slice(1);
  return new Map(
    sections.flatMap((text) => {
      const html = /```html\n([^]*?)\n```/.exec(text)?.[1];
      return html === undefined ? [] : [[Number.parseInt(text, 10), html] as const];
    }),
  );
}

test("NOTIF-03, NOTIF-04, NOTIF-05: each recorded delivery, and its twin from Plane's pages, gives the golden file's message or none", async () => {
  const expected: string[] = [];
  for (const [index, { body }] of recordedDeliveries().entries()) {
    const { data } = JSON.parse(body);
    world.plane.set(`projects/${data.project}/`, {
      ...{ id: data.project, identifier: "INFRA", name: "Infrastructure" },
    });
    const message = golden().get(index + 1);
    const other = twin(body);
    // Of a task that was not heard of, for a completion is told once.
    const spelled = other === undefined ? [] : [now(other, idOf("twin", String(index)))];
    for (const each of [now(body), ...spelled]) {
      assert.equal(await world.deliver(each), 200);
      if (message !== undefined) expected.push(message);
    }
  }
  assert.ok(expected.length >= 3);
  assert.deepEqual((await world.messages(expected.length)).toSorted(), expected.toSorted());
});

test("NOTIF-02: only what Plane has signed is taken, byte by byte", async () => {
  const body = done(task("Done"));
  const spaced = JSON.stringify(JSON.parse(body), undefined, 1);
  assert.equal(await world.deliver(body, world.sign(`${body} `)), 401, "another signature");
  assert.equal(await world.deliver(body, ""), 401, "none");
  assert.equal(
    await world.deliver(body.replace("Tâche", "Tache"), world.sign(body)),
    401,
    "a body that was changed",
  );
  assert.equal(await world.deliver(spaced, world.sign(body)), 401, "the same, written otherwise");
  assert.deepEqual(world.telegram.texts, []);
  assert.equal(await world.deliver(body), 200);
  assert.equal((await world.messages(1)).length, 1);
  assert.equal(await world.deliver(body), 200, "sent again by whoever has kept it");
  assert.equal((await world.messages(1)).length, 1);
});

test("NOTIF-02: of a stranger's requests a hundred a minute are looked at, exactly, however many come at once; Plane's are never counted", async (context) => {
  const item = task("Done");
  const body = done(item);
  const wrong = "0".repeat(64);
  const stranger = { "x-forwarded-for": "203.0.113.7" };
  await sleep(60_100 - (Date.now() % 60_000));
  const started = performance.now();
  const statuses = await Promise.all(Array.from({ length: 150 }, () => world.deliver(body, wrong, stranger)));
  context.diagnostic(`150 at once are answered in ${Math.round(performance.now() - started)} ms`);
  const counts = [401, 429].map((status) => statuses.filter((each) => each === status).length);
  assert.deepEqual(counts, [100, 50]);
  const other = { "x-forwarded-for": "203.0.113.8" };
  assert.equal(await world.deliver(body, wrong, other), 401, "another stranger");
  assert.equal(await world.deliver(body, world.sign(body), stranger), 200, "Plane, behind the same address");
  assert.deepEqual(await world.times([linkOf(item)]), [1]);
});

test("NOTIF-03: ten copies of a delivery at once give one message", async () => {
  const body = done(task("Done"));
  const statuses = await Promise.all(Array.from({ length: 10 }, () => world.deliver(body)));
  assert.deepEqual(new Set(statuses), new Set([200]));
  assert.equal((await world.messages(1)).length, 1);
});

test("NOTIF-02, NOTIF-03: many deliveries at once are all taken, and all told", async (context) => {
  await world.room(60);
  const items = Array.from({ length: 60 }, () => task("Done"));
  const started = performance.now();
  const statuses = await Promise.all(items.map((item) => world.deliver(done(item))));
  context.diagnostic(`${items.length} at once are answered in ${Math.round(performance.now() - started)} ms`);
  assert.deepEqual(new Set(statuses), new Set([200]));
  const texts = await world.messages(items.length);
  context.diagnostic(`and told in ${Math.round(performance.now() - started)} ms`);
  for (const item of items) assert.equal(texts.filter((text) => text.includes(linkOf(item))).length, 1);
});

test("one after the other: how long from delivery to message", async (context) => {
  await world.room(30);
  const times: number[] = [];
  for (let each = 0; each < 30; each++) {
    const started = performance.now();
    const count = world.telegram.calls.length;
    await world.deliver(done(task("Done")));
    while (world.telegram.calls.length === count) await sleep(2);
    times.push(performance.now() - started);
  }
  times.sort((one, other) => one - other);
  context.diagnostic(`p50 ${Math.round(times[15] ?? 0)} ms, p95 ${Math.round(times[28] ?? 0)} ms`);
  assert.equal(world.telegram.calls.length, 30);
});

test("NOTIF-07: one live message per task, which progress edits and free comments do not touch", async () => {
  const item = task("In Progress");
  await world.deliver(stateChange("imhotep", item, "Todo", Date.now()));
  const [first] = await world.messages(1);
  assert.match(first ?? "", /en cours/);
  await world.deliver(commentBy("imhotep", item, "<p>Je lis le dépôt.</p>", Date.now()));
  const progress = commentHtml("image construite", { template: "progress", percent: 60, critical: false });
  await world.deliver(commentBy("imhotep", item, progress, Date.now()));
  // Not before half a minute has passed since the last one.
  const [, edited] = await world.messages(2);
  assert.match(edited ?? "", /60/);
  const [sent, edit] = world.telegram.calls;
  assert.deepEqual([edit?.method, edit?.message], ["editMessageText", sent?.message]);
  assert.ok((edit?.at ?? 0) - (sent?.at ?? 0) >= 29_000);
});

test("OPENCLAW-16: the bridge is told of what concerns an agent, signed, by ids alone", async () => {
  const item = task("Todo");
  await world.deliver(stateChange("camille", item, "Backlog", Date.now()));
  const deadline = Date.now() + 20_000;
  while (world.told.length === 0 && Date.now() < deadline)
    await new Promise((resolve) => setTimeout(resolve, 50));
  const ids = { work_item: idOf("item", String(item.number)), project: ONBOARDING.id };
  assert.deepEqual(world.told, [`events ${JSON.stringify(ids)}`]);
});

test("Telegram and Plane's API are away, and n8n starts anew meanwhile: afterwards everything is told, once", async () => {
  world.telegram.mood = "down";
  const items = [task("Done"), task("Done"), task("Done")];
  for (const item of items) assert.equal(await world.deliver(done(item)), 200);
  world.planeStatus = 502;
  const unread = task("Done");
  assert.equal(await world.deliver(done(unread)), 200);
  await world.n8n.restart();
  assert.equal(await world.deliver(done(items[0] as TestItem)), 200);
  assert.equal(world.telegram.calls.length, 0);
  world.telegram.mood = "well";
  world.planeStatus = 0;
  assert.deepEqual(await world.times([...items, unread].map(linkOf)), [1, 1, 1, 1]);
});

test("NOTIF-01: what no delivery tells of is found by looking: a cycle that begins, a project that was made while n8n was away", async () => {
  const project = (name: string) => ({
    ...{ id: idOf("project", name), identifier: name.toUpperCase(), name },
    ...{ is_member: true, archived_at: null, created_at: new Date().toISOString() },
  });
  const projects = [project("Vieux")];
  const cycle = {
    ...{ id: idOf("cycle", "7"), project: projects[0]?.id, name: "Sprint 7" },
    ...{ start_date: new Date(Date.now() - 60_000).toISOString(), total_issues: 4, completed_issues: 0 },
    end_date: new Date(Date.now() + 86_400_000).toISOString(),
  };
  world.answers = (need) => {
    const path = need.replace(/\?.*/, "");
    if (path === "projects/") return { status: 200, body: { results: projects } };
    const found = projects.find(({ id }) => path === `projects/${id}/`);
    if (found) return { status: 200, body: found };
    const results = path === `projects/${projects[0]?.id}/cycles/` ? [cycle] : [];
    return { status: 200, body: path === "members/" ? [] : { results, next_page_results: false } };
  };
  assert.deepEqual(await world.times(["Sprint 7"]), [1]);
  projects.push(project("Neuf"));
  await world.times(["Neuf"]);
  // Several looks later.
  await new Promise((resolve) => setTimeout(resolve, 15_000));
  assert.deepEqual(await world.times(["Sprint 7", "🆕"]), [1, 1]);
});

/** Ten projects with fifty tasks each, of whom Imhotep has a hundred to do. */
function fiveHundred(): PlaneAnswers {
  const plane = new PlaneAnswers();
  for (let project = 0; project < 10; project++) {
    const identifier = `P${project}`;
    plane.projects.push({ identifier, name: `Projet ${project}` });
    for (let number = 1; number <= 50; number++) {
      const state = number <= 10 ? "In Progress" : "Done";
      const fields = number <= 10 ? { agent_id: "imhotep" } : {};
      plane.items.push({ project: identifier, number, name: `Tâche <${number}> & "suite"`, state, fields });
    }
  }
  return plane;
}

/** At a hundred open tasks. */
const ANSWERED_MS = 2000;

test("NOTIF-06: every command is answered within two seconds from a workspace of five hundred tasks", async (context) => {
  const plane = fiveHundred();
  world.answers = (need) => plane.get(need);
  for (const [text, answer] of [
    ["/plane status", /10 projets actifs/],
    ["/plane project P3", /Projet 3.*\n.*20 %|Projet 3/s],
    ["/plane projet Projt 4", /Vouliez-vous dire[^]*Projet 4/],
    ["/plane agent imhotep", /Imhotep<\/b> : 100 tâches ouvertes/],
    ["/plane agent imothep", /Vouliez-vous dire[^]*imhotep/],
    ["/plane aide", /\/plane status/],
    ["/plane pause imhotep", /En pause/],
  ] as const) {
    let took = Number.POSITIVE_INFINITY;
    // Once more where the machine had something else to do.
    for (let attempt = 0; attempt < 2 && took > ANSWERED_MS; attempt++) {
      world.telegram.calls.length = 0;
      const started = performance.now();
      assert.equal(await world.write(text), 200);
      while (world.telegram.calls.length === 0) {
        assert.ok(performance.now() - started < 60_000, text);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      took = performance.now() - started;
      context.diagnostic(`${text}: ${Math.round(took)} ms`);
      await world.messages(1);
    }
    assert.ok(took <= ANSWERED_MS, `${text} was answered after ${took} ms`);
    assert.match(world.telegram.texts[0] ?? "", answer);
  }
  assert.match(world.told.at(-1) ?? "", /^pause {"agent":"imhotep","paused":true,"at":"/);
});

test("NOTIF-06: another chat, another secret, other words and too many commands get no answer", async () => {
  assert.equal(await world.write("/plane status", { chat: 666 }), 200);
  assert.equal(await world.write("/plane status", { secret: "guessed" }), 403);
  assert.equal(await world.write("bonjour"), 200);
  await new Promise((resolve) => setTimeout(resolve, 3000));
  assert.equal(world.telegram.calls.length, 0);
  for (let each = 0; each < 40; each++) await world.write("/plane aide");
  await world.messages(2);
  await new Promise((resolve) => setTimeout(resolve, 5000));
  const texts = world.telegram.calls.map(({ html }) => html);
  assert.ok(texts.length < 40);
  assert.ok(texts.some((text) => text.includes("Plus de 20 commandes")));
});

test("NOTIF-02: more than a hundred in a minute are taken too, and the rest is summed up in one message", async () => {
  const items = Array.from({ length: 130 }, () => task("Done"));
  // They are of one minute.
  if (Date.now() % 60_000 > 25_000) await sleep(60_100 - (Date.now() % 60_000));
  for (const item of items) assert.equal(await world.deliver(done(item)), 200);
  const isSum = (text: string) => text.includes("Beaucoup de changements");
  const deadline = Date.now() + 120_000;
  const told = () =>
    items.filter(({ number }) => world.telegram.texts.some((text) => text.includes(`ONB-${number})`)));
  while (told().length < items.length && Date.now() < deadline)
    await new Promise((resolve) => setTimeout(resolve, 200));
  assert.equal(told().length, items.length);
  assert.ok(world.telegram.texts.some(isSum));
  assert.ok(world.telegram.calls.length < items.length);
});

test("Redis is away: messages come all the same, without its exactness", async () => {
  await world.redis("stop");
  const item = task("Done");
  assert.equal(await world.deliver(done(item)), 200);
  const [text] = await world.messages(1);
  assert.ok(text?.includes(linkOf(item)));
  const [, alert] = await world.messages(2);
  assert.match(alert ?? "", /Redis ne répond pas/);
  assert.equal(await world.deliver("{}", "0".repeat(64)), 401, "a stranger, who cannot be counted");
  await world.redis("start");
});
