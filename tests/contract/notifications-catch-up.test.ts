// Runs beside others: its servers have ports and folders of their own.
import "../support/quickRetries.ts";
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { AGENTS } from "../../agents.ts";
import { type Catching, type Caught, catchUp, looks, type Mark } from "../../workflows/messages/catchUp.ts";
import type { PlaneEvent } from "../../workflows/messages/events.ts";
import { htmlOf } from "../../workflows/messages/message.ts";
import { type Row, rowOf } from "../../workflows/messages/row.ts";
import { issueOf, read, type Told, tell } from "../../workflows/messages/tell.ts";
import type { Answers, Need } from "../../workflows/workspace/answers.ts";
import type { Settings } from "../../workflows/workspace/settings.ts";
import { BridgeAtWork } from "../support/bridgeAtWork.ts";
import { tokensOf } from "../support/bridgeHome.ts";
import { InProcessEngine } from "../support/inProcessEngine.ts";
import { insidePlane } from "../support/insidePlane.ts";
import { PersonInPlane } from "../support/personInPlane.ts";
import { PlaneServer } from "../support/planeServer.ts";
import { telegramText } from "../support/telegramHtml.ts";

const SETTINGS: Settings = {
  planeUrl: "https://work.example.org",
  workspace: "javisi",
  agents: AGENTS,
  timeZone: "UTC",
};
/** The catch-up leaves what is younger to the deliveries. */
const LATER_MS = 3 * 60_000;

/** What Plane's worker sends, as it comes. */
const bodies: string[] = [];
const receiver = createServer(async (request, response) => {
  bodies.push(await text(request));
  response.end();
});

let server: PlaneServer;
let work: BridgeAtWork;
/** Makes a project as anybody could, who then has not put n8n's account in it. */
let concierge: PersonInPlane;
let token: string;

before(async () => {
  receiver.listen(0, "127.0.0.1");
  await once(receiver, "listening");
  server = await PlaneServer.start({ apiRateLimit: 100_000, worker: true });
  const { port } = receiver.address() as AddressInfo;
  const webhook = { "plane:webhookUrl": `http://localhost:${port}/webhook/plane` };
  const engine = new InProcessEngine(await insidePlane(server.url, webhook));
  await engine.up();
  work = BridgeAtWork.open(server, engine);
  const tokens = tokensOf(engine);
  token = tokens["n8n"] ?? assert.fail("n8n has no token");
  concierge = PersonInPlane.withToken(server.url, tokens["concierge"] ?? assert.fail("no token"));
});

after(async () => {
  receiver.close();
  await server.close();
});

/** Asks Plane as n8n's account until nothing more is needed. */
async function asked<T extends object>(run: (answers: Answers) => T | { needs: Need[] }): Promise<T> {
  const answers: Record<Need, Answers[Need]> = {};
  for (let round = 0; round < 10; round++) {
    const next = run(answers);
    if (!("needs" in next)) return next as T;
    for (const need of next.needs) {
      const answer = await fetch(`${server.url}/api/v1/workspaces/javisi/${need}`, {
        headers: { "x-api-key": token },
      });
      assert.equal(answer.status, 200, need);
      answers[need] = { status: answer.status, body: await answer.json() };
    }
  }
  throw new Error("it asks on and on");
}

/** A chat that hears events one after the other: what it is told, by key, and what live messages show. */
class Chat {
  readonly messages: [key: string, html: string][] = [];
  readonly rows = new Map<string, Row>();

  async hear(events: readonly PlaneEvent[]): Promise<void> {
    for (const event of events) {
      const issue = issueOf(event) ?? "";
      const row = this.rows.get(issue) ?? rowOf({ issue });
      const told = await asked<Exclude<Told, { needs: Need[] }>>((answers) =>
        tell(event, row, answers, SETTINGS),
      );
      assert.ok("messages" in told, JSON.stringify(told));
      for (const message of told.messages) {
        telegramText(htmlOf(message));
        this.messages.push([message.key, htmlOf(message)]);
      }
      this.rows.set(issue, { ...row, ...told.row });
    }
  }

  /** What a person reads of the live messages. */
  get live(): string[] {
    return [...this.rows.values()].flatMap(({ live }) => (live === "" ? [] : [telegramText(live)])).sort();
  }

  get said(): [key: string, html: string][] {
    return this.messages.toSorted(([a], [b]) => a.localeCompare(b));
  }
}

/** What a look at all projects finds. */
async function caughtUp(marks: Record<string, Mark>, now: number): Promise<Caught & { marks: typeof marks }> {
  const seen = await asked((answers) => looks(marks, answers, now));
  assert.ok("looks" in seen);
  const events: PlaneEvent[] = [...seen.events];
  const moved: Record<string, Mark> = {};
  for (const look of seen.looks) {
    const caught = await asked<Exclude<Catching<Caught>, { needs: Need[] }>>((answers) =>
      catchUp(look, answers, now),
    );
    assert.ok("events" in caught, JSON.stringify(caught));
    events.push(...caught.events);
    moved[look.project] = caught.mark;
  }
  return { events, marks: moved, mark: Object.values(moved)[0] ?? assert.fail("no project") };
}

/** Waits until Plane's worker has sent what it has to. */
async function deliveries(): Promise<string[]> {
  for (let count = -1; count !== bodies.length || count === 0; ) {
    count = bodies.length;
    await sleep(700);
  }
  return bodies.splice(0);
}

test("NOTIF-01, NOTIF-03: the catch-up tells what the deliveries of a day of the bridge tell, with the same keys and words, and nothing twice", async () => {
  const start = await asked((answers) => looks({}, answers, Date.now() - 1000));
  assert.ok("looks" in start);
  const marks = Object.fromEntries(start.looks.map(({ project, ...mark }) => [project, mark]));
  await deliveries();

  const create = async (title: string, assignee: string, more: object = {}) => {
    const input = { project_id: "ONB", title, description: "x", assignee, ...more };
    const { id } = await work.must<{ id: string }>("concierge", "plane_create_task", input);
    return id;
  };
  const move = (agent: string, task_id: string, status: string, more: object = {}) =>
    work.must(agent, "plane_update_task_status", { task_id, status, ...more });
  const say = (agent: string, task_id: string, words: string, more: object) =>
    work.must(agent, "plane_add_comment", { task_id, text: words, ...more });

  const guide = await create("Écrire le guide", "imhotep");
  const urgent = await create("Renouveler <le> certificat", "thot", { priority: "urgent" });
  const last = await create("Ouvrir", "thot", { dependencies: [guide] });
  await move("imhotep", guide, "in_progress");
  await say("imhotep", guide, "building Docker image", { template: "progress", percent: 60 });
  await say("imhotep", guide, "rien de pressé", {});
  await say("imhotep", guide, "need decision on X", { template: "question", critical: true });
  await move("thot", urgent, "in_progress");
  await move("thot", urgent, "blocked", { reason: "le registraire ne répond pas" });
  await move("imhotep", guide, "done", { summary: "Fait.", confidence: 0.55 });
  await move("thot", last, "in_progress");

  await concierge.call("POST", "/api/v1/workspaces/javisi/projects/", { name: "Relance", identifier: "REL" });

  const byDelivery = new Chat();
  const sent = await deliveries();
  for (const body of sent) {
    const heard = read(body, Date.now());
    if ("event" in heard) await byDelivery.hear([heard.event]);
  }
  const now = Date.now() + LATER_MS;
  const { events, marks: moved } = await caughtUp(marks, now);
  const byCatchUp = new Chat();
  await byCatchUp.hear(events);

  const topics = byDelivery.said.map(([key]) => key.split(":")[0]);
  assert.deepEqual(topics, ["comment", "issue.blocked", "issue.completed", "issue.review", "project"]);
  const [, , completed] = byDelivery.said.map(([, html]) => telegramText(html));
  assert.match(completed ?? "", /^✅ \[Onboarding\] Agent Imhotep a complété «\u00a0Écrire le guide\u00a0»/);
  assert.match(
    telegramText(byDelivery.said[1]?.[1] ?? ""),
    /Agent Thot est bloqué sur .*\n💬 le registraire ne répond pas\n/,
  );

  // Of a project that n8n's account is not in only deliveries can tell.
  assert.deepEqual(byCatchUp.said, byDelivery.said.slice(0, 4));
  assert.deepEqual(
    byDelivery.live.map((live) => live.replace(/^.*\), /, "")),
    ["bloquée", "terminée · ⏱️ 1\u00a0min", "en cours"],
  );
  // Work whose beginning nobody heard of and that has stopped meanwhile has no live message.
  assert.deepEqual(byCatchUp.live, byDelivery.live.slice(-1));

  // What was heard by deliveries is no news to the catch-up.
  const before = byDelivery.said.length;
  await byDelivery.hear(events.filter((event) => "item" in event));
  assert.equal(byDelivery.said.length, before);
  assert.deepEqual((await caughtUp(moved, now)).events, []);
});
