import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { AGENTS } from "../../agents.ts";
import {
  CRITICAL as BRIDGE_CRITICAL,
  blockedHtml,
  cancelledHtml,
  commentHtml,
  doneHtml,
  failedDependencyHtml,
  startedHtml,
} from "../../skills/plane-bridge/core/comments.ts";
import { CRITICAL, plainText } from "../../workflows/messages/comment.ts";
import { cyclesDue } from "../../workflows/messages/cycles.ts";
import type { PlaneEvent } from "../../workflows/messages/events.ts";
import { liveStep } from "../../workflows/messages/live.ts";
import { htmlOf } from "../../workflows/messages/message.ts";
import { relayOf } from "../../workflows/messages/relay.ts";
import { type Row, rowOf } from "../../workflows/messages/row.ts";
import { issueOf, read, type Told, tell } from "../../workflows/messages/tell.ts";
import type { Answers, Need } from "../../workflows/workspace/answers.ts";
import type { Settings } from "../../workflows/workspace/settings.ts";
import { recordedDeliveries } from "../contract/plane/replay.ts";
import {
  account,
  changeOf,
  commentBy,
  idOf,
  itemData,
  ONBOARDING,
  PEOPLE,
  projectBy,
  stateChange,
  type TestItem,
  twin,
} from "../support/deliveries.ts";
import { telegramText } from "../support/telegramHtml.ts";

const GOLDEN = fileURLToPath(new URL("./notifications.golden.md", import.meta.url));

const SETTINGS: Settings = {
  planeUrl: "https://work.example.org",
  workspace: "javisi",
  agents: AGENTS,
  timeZone: "Europe/Paris",
};

/** Answers of Plane's API by path, without the query. */
class TestPlane {
  readonly bodies = new Map<string, unknown>([
    ["members/", PEOPLE],
    [`projects/${ONBOARDING.id}/`, ONBOARDING],
  ]);

  /** What it answers to calls; what it does not have is a 404. */
  answers(needs: readonly Need[]): Answers {
    return Object.fromEntries(
      needs.map((need) => {
        const body = this.bodies.get(need.replace(/\?.*/, ""));
        return [need, body === undefined ? { status: 404, body: {} } : { status: 200, body }];
      }),
    );
  }

  set(item: TestItem, at: number): void {
    this.bodies.set(pathOf(item), { ...itemData(item, at), project: ONBOARDING });
  }

  waits(item: TestItem, blockedBy: TestItem[], blocking: TestItem[] = []): void {
    const related = (items: TestItem[]) =>
      items.map(({ number }) => ({ issue_id: idOf("item", String(number)), project_id: ONBOARDING.id }));
    const relations = { blocked_by: related(blockedBy), blocking: related(blocking) };
    this.bodies.set(`${pathOf(item)}relations/`, relations);
  }

  says(item: TestItem, html: string, at: number): void {
    const comment = { id: "c", comment_html: html, created_at: new Date(at).toISOString() };
    this.bodies.set(`${pathOf(item)}comments/`, { results: [comment] });
  }
}

const pathOf = ({ number }: TestItem) =>
  `projects/${ONBOARDING.id}/work-items/${idOf("item", String(number))}/`;

/** Tells an event as the workflow does: asks until nothing is needed any more. */
function toldOf(event: PlaneEvent, row: Row, plane: TestPlane): Exclude<Told, { needs: Need[] }> {
  let answers: Answers = {};
  for (let rounds = 0; rounds < 4; rounds++) {
    const told = tell(event, row, answers, SETTINGS);
    if (!("needs" in told)) return told;
    answers = { ...answers, ...plane.answers(told.needs) };
  }
  throw new Error("it asks on and on");
}

/** The workflow without its surroundings: deliveries in, what is sent out as text of the golden file. */
class Chat {
  readonly plane = new TestPlane();
  readonly #rows = new Map<string, Row>();
  #messages = 0;

  hear(title: string, body: string, at: number): string {
    const heard = read(body, at);
    const { event, action, activity } = JSON.parse(body);
    const what = [event, action, activity.field].filter(Boolean).join(" ");
    if ("reason" in heard) return section(title, [`${what} → nothing: ${heard.reason}`]);
    return section(title, [`${what} → ${heard.event.kind}`, ...this.tell(heard.event, at)]);
  }

  tell(event: PlaneEvent, at: number): string[] {
    const issue = issueOf(event);
    const row = this.#rows.get(issue ?? "") ?? rowOf({ issue });
    const told = toldOf(event, row, this.plane);
    assert.ok("messages" in told);
    const lines = told.messages.flatMap((message) => {
      telegramText(htmlOf(message));
      return [`message, key \`${message.key}\`:`, fenced(htmlOf(message))];
    });
    const next = { ...row, ...told.row };
    const step = liveStep(next, at);
    if (step.do === "send" || step.do === "edit") {
      telegramText(step.html);
      const message = step.do === "send" ? ++this.#messages : step.message;
      Object.assign(next, { shown: step.html, editedAt: at, message });
      lines.push(`live message ${message}, ${step.do}:`, fenced(step.html));
    } else if (step.do === "wait") lines.push("live message: waits");
    if (issue !== undefined) this.#rows.set(issue, next);
    if (relayOf(event, SETTINGS) !== undefined) lines.push("relayed to the bridge");
    return lines;
  }
}

const section = (title: string, lines: string[]) => [`### ${title}`, ...lines, ""].join("\n\n");
const fenced = (html: string) => `\`\`\`html\n${html}\n\`\`\``;

const START = Date.parse("2026-11-25T09:00:00Z");
/** An agent as the bridge knows it. */
const agent = (id: string) => {
  const found = AGENTS.find(({ agentId }) => agentId === id);
  assert.ok(found);
  return { ...found, email: account(id).email };
};
const imhotep = agent("imhotep");

/** A day of the platform, as the bridge and people make it. */
function story(): string[] {
  const chat = new Chat();
  const { plane } = chat;
  let at = START;
  const next = () => (at += 40_000);
  const hear = (title: string, body: string) => chat.hear(title, body, at);
  const says = (title: string, by: string, item: TestItem, html: string) => {
    plane.set(item, next());
    return hear(title, commentBy(by, item, html, at));
  };
  const moves = (title: string, by: string, item: TestItem, from: string) => {
    plane.set(item, next());
    return hear(title, stateChange(by, item, from, at));
  };

  const guide: TestItem = { number: 3, name: "Écrire le guide d'accueil", state: "Todo", agent: "imhotep" };
  const working = { ...guide, state: "In Progress" };
  const low = { ...working, labels: ["review"], fields: { confidence_score: 0.55, time_spent_minutes: 65 } };
  const done = { ...low, state: "Done" };
  const parts = [
    hear("The concierge makes a project", projectBy("concierge", next())),
    hear("The concierge makes a task", changeOf("concierge", guide, null, [null, null], next())),
    hear(
      "A person assigns it in Plane's pages",
      changeOf("camille", guide, "assignee_ids", [[], [account("imhotep").id]], next()),
    ),
    moves("Its agent starts it", "imhotep", working, "Todo"),
    says("The bridge's comment about that", "imhotep", working, startedHtml(imhotep)),
    says(
      "Its agent reports progress",
      "imhotep",
      working,
      commentHtml("building Docker image", { template: "progress", percent: 60, critical: false }),
    ),
    says(
      "Its agent comments freely",
      "imhotep",
      working,
      commentHtml("J'ai lu **tout** le dépôt.", { template: "note", critical: false }),
    ),
    says(
      "Its agent asks, without hurry",
      "imhotep",
      working,
      commentHtml("need decision on X", { template: "question", critical: false }),
    ),
    says(
      "Its agent asks what cannot wait",
      "imhotep",
      working,
      commentHtml("need decision on `<X>` & Y\n\n- rester\n- partir", {
        template: "question",
        critical: true,
      }),
    ),
    says(
      "Its agent reports critical progress",
      "imhotep",
      working,
      commentHtml("disque presque plein", { template: "progress", percent: 80, critical: true }),
    ),
  ];
  plane.waits(done, []);
  plane.set(low, next());
  parts.push(
    hear(
      "Low confidence sets the label review",
      changeOf("imhotep", low, "labels", [[], [idOf("label", "review")]], at),
    ),
    hear("The same once more", changeOf("imhotep", low, "labels", [[], [idOf("label", "review")]], next())),
    moves("Its agent finishes it", "imhotep", done, "In Progress"),
    says("The bridge's comment about that", "imhotep", done, doneHtml(imhotep, 0.55)),
    moves("The same once more", "imhotep", done, "In Progress"),
  );

  const plan: TestItem = { number: 4, name: "Choisir l'hébergeur", state: "Blocked", agent: "thot" };
  const urgent: TestItem = { ...plan, number: 5, name: "Renouveler le certificat", priority: "urgent" };
  const waiting: TestItem = { ...plan, number: 6, name: "Ouvrir le VPN", agent: "imhotep" };
  const working4 = { ...plan, state: "In Progress" };
  parts.push(
    moves("Another agent starts a task", "thot", working4, "Todo"),
    moves("It is blocked, and nobody waits for it", "thot", plan, "In Progress"),
    moves("It goes on", "thot", working4, "Blocked"),
    moves("It is cancelled", "thot", { ...plan, state: "Cancelled" }, "In Progress"),
    says("The bridge's comment about that", "thot", plan, cancelledHtml(agent("thot"), "plus utile")),
  );
  plane.waits(urgent, []);
  plane.says(urgent, blockedHtml(agent("thot"), "le registraire ne répond pas"), at);
  parts.push(moves("An urgent task is blocked", "thot", urgent, "Todo"));
  plane.set({ ...plan, state: "Cancelled" }, at);
  plane.waits(waiting, [{ ...plan, state: "Cancelled" }, urgent, done], [guide]);
  plane.says(waiting, failedDependencyHtml(["ONB-4", "ONB-5"]), at);
  parts.push(moves("A task that others wait for is blocked by what failed", "concierge", waiting, "Todo"));

  const own: TestItem = { number: 7, name: "Signer le bail", state: "Done", assignees: ["camille"] };
  const hostile = { ...own, number: 8, name: '</a><b>x</b> & "y" \u202egnp.exe\n<script>', state: "Done" };
  plane.waits(own, [urgent]);
  parts.push(
    moves("A person finishes a task whose dependency is open", "camille", own, "Todo"),
    moves("A name tries to be markup", "camille", hostile, "Todo"),
    says(
      "A person writes the mark of critical comments",
      "camille",
      own,
      "<p>🚨 <script>x</script>fuite d'eau</p>",
    ),
  );
  plane.bodies.delete(`projects/${ONBOARDING.id}/`);
  parts.push(moves("A project that n8n's account may not read", "camille", { ...own, number: 9 }, "Todo"));

  const cycle = {
    id: idOf("cycle", "1"),
    project: ONBOARDING.id,
    name: "Sprint 1",
    start_date: "2026-11-11T00:00:01Z",
    end_date: "2026-11-25T08:59:00Z",
    total_issues: 10,
    completed_issues: 8,
  };
  const coming = {
    ...cycle,
    id: idOf("cycle", "2"),
    name: "Sprint 2",
    start_date: "2026-11-25T00:00:01Z",
    end_date: "2026-12-08T23:59:00Z",
  };
  plane.bodies.set(`projects/${ONBOARDING.id}/`, ONBOARDING);
  for (const event of cyclesDue([cycle, coming], START, new Set())) {
    parts.push(section(`A cycle, by its dates`, [event.kind, ...chat.tell(event, START)]));
  }
  return parts;
}

/** What comes of each recorded delivery, when it comes a second after its change. */
function recorded(bodyOf: (body: string) => string): string[] {
  return recordedDeliveries().map(({ body }, index) => {
    const chat = new Chat();
    const { data } = JSON.parse(body);
    const infra = { id: data.project, identifier: "INFRA", name: "Infrastructure" };
    chat.plane.bodies.set(`projects/${data.project}/`, infra);
    const at = Date.parse(data.updated_at ?? "2026-11-23T02:35:32Z") + 1000;
    return chat.hear(`${index + 1}`, bodyOf(body), at);
  });
}

test("NOTIF-03, NOTIF-04, NOTIF-05, NOTIF-07, OPENCLAW-05, OPENCLAW-12: deliveries give exactly the messages of the golden file", () => {
  const text = [
    "# What is told of Plane's deliveries",
    "Each section: what Plane sends, what it means, and what Telegram gets. A person reviews this file.",
    "## The recorded deliveries of Plane 1.3.1",
    ...recorded((body) => body),
    "## A day of plane-bridge and people",
    ...story(),
  ].join("\n\n");
  const golden = `${text.replaceAll(/\n{3,}/g, "\n\n").trimEnd()}\n`;
  if (process.env["PLANE_OPS_UPDATE_SNAPSHOT"]) writeFileSync(GOLDEN, golden);
  assert.equal(
    golden,
    readFileSync(GOLDEN, "utf8"),
    "if it is meant: PLANE_OPS_UPDATE_SNAPSHOT=1 npm test -- tests/unit/notifications.test.ts",
  );
});

test("NOTIF-03: what a change means does not depend on whether the API or Plane's pages made it", () => {
  const spelled = (lines: string[]) =>
    lines.map((line) => line.replaceAll(/\b(state|label|assignee)(_ids?|s)?(?= →)/g, "$1"));
  const twins = recorded((body) => twin(body) ?? body);
  assert.deepEqual(spelled(twins), spelled(recorded((body) => body)));
  assert.equal(recordedDeliveries().filter(({ body }) => twin(body) !== undefined).length, 4);
});

test("OPENCLAW-05: of a comment that is shown its text is left, in its lines, and nothing that is hidden in it", () => {
  const html =
    "<p>Un&nbsp;&lt;b&gt; &amp;amp; deux</p>\n<ul><li>trois<br>quatre</li></ul><script>alert(1)</script><!-- x --><style>p{}</style>" +
    '<p><a href="https://x">cinq</a>\u202e\u0007 six < sept</p>';
  assert.equal(plainText(html), "Un <b> &amp; deux\ntrois\nquatre\ncinq six < sept");
});

test("OPENCLAW-05: the mark of critical comments is the one that the bridge writes", () => {
  assert.equal(CRITICAL, BRIDGE_CRITICAL);
});
