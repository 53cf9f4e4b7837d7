import assert from "node:assert/strict";
import { test } from "node:test";
import { run as decide } from "../../workflows/inside/decide.ts";
import { eventRow } from "../../workflows/inside/eventRow.ts";
import { issueOf, read } from "../../workflows/messages/tell.ts";
import { ISSUE } from "../../workflows/tell.ts";
import { recordedDeliveries } from "../contract/plane/replay.ts";

/** Whether and how one message is told, by what was counted and what is in the outbox. */
const MESSAGE = {
  key: "said",
  claimSeconds: 60,
  topic: "done",
  headline: "<b>Fait</b>",
  html: "<b>Fait</b>",
};

interface Case {
  tries?: number;
  /** Of delivery, minute and message; absent: nobody could count. */
  counts?: [number, number, number];
  inOutbox?: string[];
}

function decided({ tries = 0, counts, inOutbox = [] }: Case) {
  const body = counts?.map((count, index) => ({ [`key${index}`]: count }));
  const nodes: Record<string, object[]> = {
    In: [{ tries }],
    Told: [{ messages: [MESSAGE], columns: { issue: "i" }, relay: null, why: "", later: "" }],
    Claim: [body === undefined ? { error: "timeout" } : { statusCode: 200, body }],
    "In the outbox": inOutbox.map((key) => ({ key })),
  };
  const [outcome] = decide([], (node) => nodes[node] ?? []);
  return { states: outcome?.rows.map(({ state }) => state), why: outcome?.why, columns: outcome?.columns };
}

test("NOTIF-03: who counts first tells, and a copy of a delivery tells and learns nothing", () => {
  assert.deepEqual(decided({ counts: [1, 1, 1] }).states, ["waiting"]);
  assert.deepEqual(decided({ counts: [2, 2, 2] }), { states: [], why: "it came before", columns: null });
  assert.deepEqual(decided({ counts: [1, 2, 2] }), { states: [], why: "", columns: { issue: "i" } });
});

test("NOTIF-03: where nobody can count it is told, for a double is better than nothing", () => {
  assert.deepEqual(decided({}).states, ["waiting"]);
});

test("NOTIF-03: what is begun again goes by the outbox: the first try may have counted without writing", () => {
  assert.deepEqual(decided({ tries: 1, counts: [2, 2, 2] }).states, ["waiting"]);
  assert.deepEqual(decided({ tries: 1, counts: [2, 2, 2], inOutbox: ["said"] }).states, []);
});

test("NOTIF-02: of more than a hundred in a minute the rest waits to be summed up", () => {
  assert.deepEqual(decided({ counts: [1, 100, 1] }).states, ["waiting"]);
  assert.deepEqual(decided({ counts: [1, 101, 1] }).states, ["burst"]);
});

test("NOTIF-03: the row that the flow looks up is the work item's that the event is about", () => {
  const look = new Function("$json", `return ${ISSUE};`) as (row: { body: string }) => string;
  for (const { body } of recordedDeliveries()) {
    const found = read(body, Date.parse(JSON.parse(body).data.updated_at ?? Date()));
    if ("reason" in found) continue;
    const issue = issueOf(found.event);
    if (issue !== undefined) assert.equal(look({ body }), issue);
    assert.equal(look(eventRow(found.event)), issue ?? "");
  }
  for (const nonsense of ["null", "1", '"text"', "[]", "{}", '{"event":"issue_comment"}'])
    assert.equal(look({ body: nonsense }), "");
});
