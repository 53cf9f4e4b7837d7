import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { incomingOf } from "../../workflows/commands/incoming.ts";
import { admission, limitKey } from "../../workflows/commands/limit.ts";
import { parse } from "../../workflows/commands/parse.ts";
import { pauseReply, reply } from "../../workflows/commands/reply.ts";
import type { Answer } from "../../workflows/workspace/answers.ts";
import { anyText } from "../support/anyText.ts";
import { exampleWorkspace, MORNING, SETTINGS } from "../support/exampleWorkspace.ts";
import { assertGolden } from "../support/golden.ts";
import { PlaneAnswers } from "../support/planeAnswers.ts";
import { telegramText } from "../support/telegramHtml.ts";

const GOLDEN = fileURLToPath(new URL("./commands.golden.md", import.meta.url));
const CHAT = -1001234;

const update = (text: unknown, over: object = {}) => ({
  update_id: 7,
  message: { message_id: 42, chat: { id: CHAT, type: "supergroup" }, date: MORNING / 1000, text, ...over },
});

/** The messages that a command gets. */
function answersTo(text: string, plane = exampleWorkspace(), now = MORNING): string[] {
  const incoming = incomingOf(update(text), [String(CHAT)]);
  assert.equal(incoming.kind, "command", text);
  if (incoming.kind !== "command") return [];
  const next = plane.through((answers) => reply(incoming, answers, SETTINGS, now));
  assert.ok("texts" in next, text);
  for (const message of next.texts) assert.ok(telegramText(message).length <= 4096);
  return next.texts;
}

test("NOTIF-06: every command gets the answer that a person has reviewed", () => {
  const commands = [
    "/plane status",
    "/plane project SITE",
    "/plane project onboarding",
    "/plane project Veille",
    "/plane agent Shuri",
    "/plane agent thot",
    "/plane agent hermes",
    "/plane project refnte du site",
    "/plane project zzz",
    "/plane agent imothep",
    "/plane agent zzz",
    "/plane aide",
    "/plane",
    "/plane statsu",
    "/plane déploie tout",
    "/plane project",
    "/plane agent",
    "/plane pause zzz",
  ];
  const sections = commands.map((command) => `## ${command}\n\n${answersTo(command).join("\n\n---\n\n")}\n`);
  const pauses: [string, Answer][] = [
    ["/plane pause imhotep", { status: 200, body: { paused: ["imhotep"] } }],
    ["/plane pause", { status: 200, body: { paused: ["all"] } }],
    ["/plane reprise thot", { status: 200, body: { paused: ["all", "imhotep"] } }],
    ["/plane reprise", { status: 200, body: { paused: [] } }],
    ["/plane pause r2d2", { status: 0, body: undefined }],
    ["/plane pause cfo", { status: 401, body: {} }],
    ["/plane pause cfo", { status: 404, body: {} }],
    ["/plane pause cfo", { status: 400, body: {} }],
  ];
  for (const [text, answer] of pauses) {
    const [message] = pauseReply(pauseOf(text), answer, SETTINGS).texts;
    sections.push(`## ${text} (OpenClaw : ${answer.status})\n\n${message}\n`);
  }
  for (const status of [0, 403, 404, 429, 500]) {
    sections.push(`## /plane status (Plane : ${status})\n\n${whenPlaneSays({ status, body: {} })}\n`);
  }
  assertGolden(GOLDEN, sections.join("\n"), "tests/unit/commands.test.ts");
});

function pauseOf(text: string) {
  const incoming = incomingOf(update(text), [String(CHAT)]);
  assert.ok(incoming.kind === "command");
  const next = reply(incoming, {}, SETTINGS, MORNING);
  assert.ok("pause" in next);
  return next.pause;
}

function whenPlaneSays(answer: Answer): string {
  const plane = new PlaneAnswers();
  plane.get = () => answer;
  return answersTo("/plane status", plane).join();
}

test("NOTIF-06: an answer of another shape is told as such", () => {
  for (const body of [undefined, null, [], "<html>", { results: 3 }]) {
    assert.match(whenPlaneSays({ status: 200, body }), /réponse de Plane est inattendue/);
  }
});

test("NOTIF-06: commands are understood as people type them", () => {
  const same: Record<string, string[]> = {
    "/plane status": [
      "/plane@JavisiBot status",
      "/PLANE   Status ",
      "/plane\nstatut",
      "/plane\u00a0état",
      "\u200e/plane status",
      "/plane status s'il te plaît",
    ],
    "/plane project Refonte du site": ["/plane projet Refonte   du\tsite", "/plane PROJECT Refonte du site"],
    "/plane agent imhotep": ["/plane agent\u202fimhotep", "/plane Agent imhotep"],
    "/plane pause": ["/plane Pause", "/plane@a_b pause"],
    "/plane reprise thot": ["/plane reprendre thot", "/plane resume thot"],
    "/plane aide": ["/plane help", "/plane", "/plane@JavisiBot"],
  };
  for (const [plain, others] of Object.entries(same)) {
    for (const other of others) assert.deepEqual(parse(other), parse(plain), other);
  }
});

test("NOTIF-06: what is not a command of ours gets no answer", () => {
  const texts = [
    "bonjour",
    "/planet status",
    "/planestatus",
    "plane status",
    "dis /plane status",
    "/start",
    "",
  ];
  for (const text of texts) assert.deepEqual(incomingOf(update(text), [String(CHAT)]), { kind: "other" });
  for (const strange of [undefined, null, 3, "x", [], {}, { message: null }, update(undefined), update(3)]) {
    assert.deepEqual(incomingOf(strange, [String(CHAT)]), { kind: "other" });
  }
});

test("NOTIF-06: another chat gets nothing, and is told apart so that it can be counted", () => {
  assert.deepEqual(incomingOf(update("/plane status"), ["1234", "-1001235"]), {
    kind: "foreign",
    chat: String(CHAT),
  });
  assert.deepEqual(incomingOf(update("/plane pause"), []), { kind: "foreign", chat: String(CHAT) });
});

test("NOTIF-06: an edited message is read like a new one, at the time of its edit, in its topic", () => {
  const { message } = update("/plane status", { edit_date: MORNING / 1000 + 60, message_thread_id: 5 });
  assert.deepEqual(incomingOf({ update_id: 8, edited_message: message }, [String(CHAT)]), {
    kind: "command",
    update: 8,
    chat: String(CHAT),
    message: 42,
    thread: 5,
    sentAt: MORNING + 60_000,
    command: { name: "status" },
  });
});

test("NOTIF-06: no text breaks the parser, and what it takes for a name is bounded", () => {
  const text = fc.oneof(
    anyText(600),
    fc.constantFrom("x".repeat(5000), "🎉".repeat(2000), "\u202e<b>&", "\ud800"),
  );
  fc.assert(
    fc.property(fc.constantFrom("", "/plane ", "/plane project ", "/plane agent "), text, (before, rest) => {
      const command = parse(before + rest);
      if (command !== undefined && "wanted" in command && command.wanted !== undefined) {
        assert.ok([...command.wanted].length <= 255);
      }
      if (before !== "" && command !== undefined) answersTo(before + rest);
    }),
    { numRuns: 200 },
  );
});

test("OPENCLAW-10: an agent's tasks are those whose field names it, whoever is their assignee", () => {
  const plane = exampleWorkspace();
  plane.items.push(
    {
      project: "ONB",
      number: 8,
      name: "À Thot par le champ",
      state: "Todo",
      fields: { agent_id: "thot" },
      assignees: ["Imhotep"],
    },
    {
      project: "ONB",
      number: 9,
      name: "À Imhotep par le champ",
      state: "Todo",
      fields: { agent_id: "imhotep" },
      assignees: ["Thot"],
    },
  );
  const [text = ""] = answersTo("/plane agent thot", plane);
  assert.match(text, /À Thot par le champ/);
  assert.doesNotMatch(text, /À Imhotep/);
});

test("NOTIF-06: a pause names the agent by its short name, with the time of the request", () => {
  const at = "2026-11-25T07:00:00.000Z";
  assert.deepEqual(pauseOf("/plane pause Imhotep"), { agent: "imhotep", paused: true, at });
  assert.deepEqual(pauseOf("/plane reprise R2D2"), { agent: "r2d2", paused: false, at });
  assert.deepEqual(pauseOf("/plane pause"), { agent: "all", paused: true, at });
});

test("NOTIF-06: a pause that waited in Telegram for minutes changes nothing", () => {
  assert.match(answersTo("/plane pause", undefined, MORNING + 5 * 60_000 + 1).join(), /arrive trop tard/);
});

test("NOTIF-06: a chat that gives more than 20 commands in a minute is told so once, then gets nothing", () => {
  const verdicts = Array.from({ length: 30 }, (_, at) => admission(at + 1));
  assert.deepEqual(new Set(verdicts.slice(0, 20)), new Set(["answer"]));
  assert.equal(verdicts[20], "tell");
  assert.deepEqual(new Set(verdicts.slice(21)), new Set(["silence"]));
  assert.equal(admission(undefined), "answer");
  assert.notEqual(limitKey("1", MORNING), limitKey("1", MORNING + 60_000));
  assert.notEqual(limitKey("1", MORNING), limitKey("2", MORNING));
});

test("NOTIF-06: names with markup, of any length and direction, stay names", () => {
  const hostile = [
    "</b><script>alert(1)</script>",
    "&amp;&lt;b&gt;",
    "x".repeat(255),
    "🎉".repeat(127),
    "שלום 123 عالم",
    "a\u202ereversed\u202c",
    "line\nbreak\r\n\u2028 [x](http://y) `code`",
    '"><a href="http://x',
    "\ud800",
  ];
  for (const name of hostile) {
    const plane = new PlaneAnswers();
    plane.projects.push({ identifier: "A<B", name }, { identifier: "EMPTY", name: `${name}2` });
    const states = ["In Progress", "Blocked", "Todo", name];
    plane.items.push(
      ...states.map((state, at) => ({ project: "A<B", number: at, name, state, assignees: [name] })),
    );
    for (const command of ["/plane status", `/plane project A<B`, `/plane project ${name}`]) {
      const [text = ""] = answersTo(command, plane);
      assert.doesNotMatch(text, /[\u202a-\u202e\r\u2028]/u, name);
      assert.ok(text.isWellFormed());
    }
  }
});

/** 10 projects, 500 tasks, 100 of them open. */
function largeWorkspace(): PlaneAnswers {
  const plane = new PlaneAnswers();
  for (let p = 0; p < 10; p++) {
    plane.projects.push({ identifier: `P${p}`, name: `Projet numéro ${p}` });
    for (let number = 1; number <= 50; number++) {
      const state = number > 10 ? "Done" : number > 6 ? "Blocked" : "In Progress";
      const fields = { agent_id: "imhotep" };
      plane.items.push({
        project: `P${p}`,
        number,
        name: `Une tâche au nom assez long, ${number}`,
        state,
        fields,
      });
    }
  }
  return plane;
}

test("NOTIF-06: at 100 open tasks of 500 in 10 projects, a command is two rounds of at most 10 requests, three with blockers", () => {
  const rounds = (command: string) => {
    const plane = largeWorkspace();
    for (const message of answersTo(command, plane)) assert.ok(message.length > 0);
    return plane.rounds.map(({ length }) => length);
  };
  assert.deepEqual(rounds("/plane status"), [1, 10]);
  assert.deepEqual(rounds("/plane agent imhotep"), [1, 10]);
  assert.deepEqual(rounds("/plane project P3"), [1, 1, 4]);
  assert.deepEqual(rounds("/plane agent zzz"), []);
  assert.deepEqual(rounds("/plane aide"), []);
});

test("NOTIF-06: a project of more than a thousand tasks is read page by page, and none is lost", () => {
  const plane = new PlaneAnswers();
  plane.projects.push({ identifier: "BIG", name: "Grand" });
  for (let number = 1; number <= 2001; number++) {
    plane.items.push({ project: "BIG", number, name: "x", state: "Done" });
  }
  assert.match(answersTo("/plane project big", plane).join(), /2001 sur 2001/);
});

test("NOTIF-06: a long answer comes in several messages, each of which Telegram takes", () => {
  const texts = answersTo("/plane status", largeWorkspace());
  assert.ok(texts.length > 1);
  assert.match(telegramText(texts.join("\n")), /Projet numéro 9/);
});
