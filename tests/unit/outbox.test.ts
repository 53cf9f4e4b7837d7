import assert from "node:assert/strict";
import { test } from "node:test";
import { run as failure } from "../../workflows/inside/failure.ts";
import { run } from "../../workflows/inside/sent.ts";
import { run as shown } from "../../workflows/inside/shown.ts";
import { telegramText } from "../support/telegramHtml.ts";

interface Outcome {
  state: string;
  alert: boolean;
  why: string;
  due: number;
}

const after = (error: unknown, tries: number): Outcome =>
  run([error === undefined ? { ok: true } : { error }], () => [{ id: 7, tries }], {
    row: "In",
  })[0] as Outcome;

const AWAY = "The connection to the server was closed unexpectedly, perhaps it is offline.";
const REFUSED = {
  message: "Bad request - please check your parameters",
  description: "Bad Request: chat not found",
};

test("an outage of Telegram's is waited out, however long, at growing distances up to half an hour", () => {
  const waits = [0, 1, 5, 20, 1000].map((tries) => {
    const { state, alert, due } = after(AWAY, tries);
    assert.deepEqual([state, alert], ["waiting", false]);
    return Math.round((due - Date.now()) / 1000);
  });
  assert.deepEqual(waits, [30, 60, 960, 1800, 1800]);
});

test("Telegram is left alone as long as it asks", () => {
  const busy = (seconds: number) => ({
    message: "The service is receiving too many requests from you",
    description: `Too Many Requests: retry after ${seconds}`,
  });
  const waits = [after(busy(5), 0), after(busy(400), 0), after(busy(5), 3)].map(({ due, state, alert }) => {
    assert.deepEqual([state, alert], ["waiting", false]);
    return Math.round((due - Date.now()) / 1000);
  });
  assert.deepEqual(waits, [30, 400, 240]);
});

test("a refusal is told at once, and again when it is given up after a day: nothing is dropped silently", () => {
  assert.deepEqual([after(REFUSED, 0).state, after(REFUSED, 0).alert], ["waiting", true]);
  assert.deepEqual([after(REFUSED, 1).state, after(REFUSED, 1).alert], ["waiting", false]);
  assert.deepEqual([after(REFUSED, 50).state, after(REFUSED, 50).alert], ["refused", true]);
  assert.equal(after(undefined, 3).state, "sent");
});

test("NOTIF-07: a live message that a person has deleted is not edited again and again: the next change is a new one", () => {
  const after = (item: object) => shown([item], () => [{ issue: "i", html: "<b>now</b>", message: 9 }]);
  const [gone] = after({ error: "Bad Request: message to edit not found" });
  assert.deepEqual(gone, { issue: "i", shown: "<b>now</b>", message: 0, editedAt: 0 });
  assert.deepEqual(after({ error: "The connection was closed" }), []);
  assert.partialDeepStrictEqual(after({ error: "Bad Request: message is not modified" }), [{ message: 9 }]);
  assert.partialDeepStrictEqual(after({ result: { message_id: 12 } }), [{ message: 12 }]);
});

test("no token of a bot is kept or told with an error", () => {
  const error = "request to https://api.telegram.org/bot4242:AA-bb_cc/sendMessage failed";
  assert.equal(after(error, 0).why, "request to https://api.telegram.org/bot…/sendMessage failed");
  const [{ html } = { html: "" }] = failure([
    { workflow: { name: "plane-send" }, execution: { lastNodeExecuted: "<b>", error: { message: error } } },
  ]);
  assert.match(telegramText(html), /plane-send › <b>\nrequest to .*bot…/);
});
