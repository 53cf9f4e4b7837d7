import assert from "node:assert/strict";
import { test } from "node:test";
import { AGENTS } from "../../agents.ts";
import { catchUp, type Look, looks } from "../../workflows/messages/catchUp.ts";
import { keyOf } from "../../workflows/messages/keys.ts";
import { rowOf } from "../../workflows/messages/row.ts";
import { tell } from "../../workflows/messages/tell.ts";
import type { Answers, Need } from "../../workflows/workspace/answers.ts";
import type { Settings } from "../../workflows/workspace/settings.ts";
import { account, idOf, itemData, ONBOARDING } from "../support/deliveries.ts";

const SETTINGS: Settings = {
  planeUrl: "https://work.example.org",
  workspace: "javisi",
  agents: AGENTS,
  timeZone: "Europe/Paris",
};
const MINUTE = 60_000;
const NOW = Date.parse("2026-11-25T09:00:00Z");
const iso = (instant: number) => new Date(instant).toISOString();
const page = (results: unknown[], next = false) => ({ results, next_page_results: next });

/** The end of asking: what Plane answers to each call is in `bodyOf`, undefined is a server that is down. */
function asked<T>(run: (answers: Answers) => T | { needs: Need[] }, bodyOf: (need: Need) => unknown) {
  let answers: Answers = {};
  for (let calls = 0; calls < 20; calls++) {
    const next = run(answers);
    if (typeof next !== "object" || next === null || !("needs" in next))
      return { result: next as T, answers };
    const entries = next.needs.map((need): [string, Answers[string]] => {
      const body = bodyOf(need);
      return [need, body === undefined ? { status: 0, body: undefined } : { status: 200, body }];
    });
    answers = { ...answers, ...Object.fromEntries(entries) };
  }
  throw new Error("it asks on and on");
}

/** A project whose tasks were finished at these instants, as the API shows it: newest change first. */
function finished(instants: readonly number[]) {
  const items = instants
    .map((at, number) => ({
      ...itemData({ number, name: `Tâche ${number}`, state: "Done" }, at),
      number,
      at,
    }))
    .sort((a, b) => b.at - a.at);
  return (need: Need): unknown => {
    const cursor = /cursor=100:(\d+):0/.exec(need)?.[1];
    if (cursor !== undefined) {
      const from = Number(cursor) * 100;
      return page(items.slice(from, from + 100), from + 100 < items.length);
    }
    if (!need.includes("/activities/")) return page([]);
    const item = items.find(({ number }) => need.includes(idOf("item", `${number}`)));
    const entry = { field: "state", new_identifier: idOf("state", "Done"), actor: account("imhotep").id };
    return page([{ ...entry, created_at: iso(item?.at ?? 0) }]);
  };
}

function caught(look: Look, bodyOf: (need: Need) => unknown) {
  const { result, answers } = asked((known) => catchUp(look, known, NOW), bodyOf);
  assert.ok("events" in result, JSON.stringify(result));
  return { ...result, calls: Object.keys(answers).length };
}

const keyOfDone = (number: number) => `issue.completed:${idOf("item", `${number}`)}`;
const keysOf = ({ events }: ReturnType<typeof caught>) => events.map((event) => keyOf(event).key);
const SINCE = NOW - 60 * MINUTE;
const BEGAN = SINCE - 60 * MINUTE;
const MARK = { began: iso(BEGAN), since: iso(SINCE) };
const LOOK: Look = { project: ONBOARDING.id, ...MARK };

test("NOTIF-01: where nothing has changed the catch-up makes one call, and its mark stays", () => {
  assert.deepEqual(caught(LOOK, finished([SINCE - 1, SINCE])), { events: [], mark: MARK, calls: 1 });
});

test("NOTIF-01: the mark moves to the last change that is looked at; what is younger than two minutes is left to deliveries", () => {
  const { mark, ...found } = caught(LOOK, finished([SINCE + MINUTE, SINCE + 2 * MINUTE, NOW - 1000]));
  assert.deepEqual(
    keysOf({ ...found, mark }),
    [0, 1].map((number) => keyOfDone(number)),
  );
  assert.deepEqual(mark, { ...MARK, since: iso(SINCE + 2 * MINUTE) });
});

test("NOTIF-01: of 250 changes within a second none is lost: 30 are told at each look, the oldest first", () => {
  const plane = finished(Array.from({ length: 250 }, (_, index) => SINCE + 1000 + index));
  const told: string[] = [];
  let look = LOOK;
  for (let round = 0; round < 9; round++) {
    const next = caught(look, plane);
    assert.ok(next.events.length <= 30 && next.calls <= 63, `${next.calls} calls`);
    told.push(...keysOf(next));
    look = { ...look, ...next.mark };
  }
  assert.deepEqual(
    told,
    Array.from({ length: 250 }, (_, number) => keyOfDone(number)),
  );
});

test("NOTIF-01: what an item is now is news to who heard something else, and without a word in its history to nobody else", () => {
  const plane = finished([SINCE + MINUTE]);
  const [event] = caught(LOOK, (need) => (need.includes("/activities/") ? page([]) : plane(need))).events;
  assert.ok(event !== undefined);
  const said = (status: string) => {
    const { result } = asked(
      (answers) => tell(event, rowOf({ status }), answers, SETTINGS),
      () => ({ ...ONBOARDING, blocked_by: [], blocking: [] }),
    );
    return "messages" in result ? result.messages.length : undefined;
  };
  assert.deepEqual([said("in_progress"), said("done"), said("")], [1, 0, 0]);
});

test("NOTIF-01: comments are read as far back as nobody would tell them twice, or to the mark of before", () => {
  const comment = (id: string, at: number) => ({
    id,
    issue: idOf("item", "0"),
    project: ONBOARDING.id,
    comment_html: "<p>🚨 x</p>",
    actor: account("imhotep").id,
    created_at: iso(at),
  });
  const hours = (number: number) => NOW - number * 60 * MINUTE;
  const plane = finished([SINCE + MINUTE]);
  const comments = page([1, 22, 24, 48].map((number) => comment(`${number}`, hours(number))));
  const found = (look: Partial<Look>) =>
    keysOf(caught({ ...LOOK, ...look }, (need) => (need.includes("/comments/") ? comments : plane(need))))
      .filter((key) => key.startsWith("comment:"))
      .map((key) => key.replace("comment:", ""));
  assert.deepEqual(found({ began: iso(hours(100)) }), ["22", "1"]);
  assert.deepEqual(found({ began: iso(hours(100)), since: iso(hours(47)) }), ["24", "22", "1"]);
  assert.deepEqual(found({ began: iso(hours(2)) }), ["1"]);
});

test("NOTIF-01: a look that Plane does not answer moves no mark", () => {
  const down = (need: Need) => (need.includes("/comments/") ? undefined : finished([NOW - 5 * MINUTE])(need));
  const { result } = asked((known) => catchUp(LOOK, known, NOW), down);
  assert.ok("later" in result);
  assert.ok(
    "later" in
      asked(
        (known) => looks({}, known, NOW),
        () => undefined,
      ).result,
  );
});

const project = (id: string, more: object = {}) => ({
  ...ONBOARDING,
  id,
  is_member: true,
  archived_at: null,
  created_at: iso(NOW - 90 * 24 * 60 * MINUTE),
  created_by: account("concierge").id,
  ...more,
});

function looked(marks: Parameters<typeof looks>[0], projects: unknown[]) {
  const { result } = asked(
    (answers) => looks(marks, answers, NOW),
    () => page(projects),
  );
  assert.ok("looks" in result);
  const from = Object.fromEntries(result.looks.map(({ project: id, ...mark }) => [id, mark]));
  return { from, events: result.events };
}

const at = (instant: number) => ({ began: iso(instant), since: iso(instant) });

test("NOTIF-01: the first look tells nothing of what was before it", () => {
  const { from, events } = looked({}, [project("old"), project("new", { created_at: iso(NOW - MINUTE) })]);
  assert.deepEqual(from, { old: at(NOW), new: at(NOW) });
  assert.deepEqual(events, []);
});

test("NOTIF-05: a project that was made since the last look is told, one that n8n's account joined is not", () => {
  const made = NOW - 10 * MINUTE;
  const { from, events } = looked({ known: MARK }, [
    project("known"),
    project("made", { created_at: iso(made) }),
    project("joined"),
    project("foreign", { is_member: false }),
    project("archived", { archived_at: iso(NOW) }),
  ]);
  assert.deepEqual(from, { known: MARK, made: at(made), joined: at(NOW - 24 * 60 * MINUTE) });
  assert.deepEqual(
    events.map((event) => keyOf(event).key),
    ["project:made"],
  );
});
