import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { budgetOf as bridgeBudgetOf } from "../../skills/plane-bridge/core/money.ts";
import type { Task as BridgeTask } from "../../skills/plane-bridge/core/task.ts";
import { budgetOf } from "../../workflows/digest/budget.ts";
import { type DigestSettings, digest } from "../../workflows/digest/digest.ts";
import { dayBefore, dayOf } from "../../workflows/workspace/days.ts";
import { allTasks } from "../../workflows/workspace/project.ts";
import { exampleWorkspace, MORNING, SETTINGS } from "../support/exampleWorkspace.ts";
import { assertGolden } from "../support/golden.ts";
import { PlaneAnswers } from "../support/planeAnswers.ts";
import { telegramText } from "../support/telegramHtml.ts";

const GOLDEN = fileURLToPath(new URL("./digest.golden.md", import.meta.url));

function digestOf(plane: PlaneAnswers, settings: DigestSettings = SETTINGS, now = MORNING): string {
  const next = plane.through((answers) => digest(answers, settings, now));
  assert.ok("texts" in next);
  for (const text of next.texts) assert.ok(telegramText(text).length <= 4096);
  return next.texts.join("\n\n---\n\n");
}

test("NOTIF-08: the digest reads as a person has reviewed it", () => {
  const quiet = new PlaneAnswers();
  quiet.projects.push({ identifier: "ONB", name: "Onboarding" });
  const sections = [
    `## Un mercredi\n\n${digestOf(exampleWorkspace(), { ...SETTINGS, budget: 100 })}\n`,
    `## Le même, budget trop petit, à New York\n\n${digestOf(exampleWorkspace(), { ...SETTINGS, budget: 50, timeZone: "America/New_York" })}\n`,
    `## Une journée vide\n\n${digestOf(quiet)}\n`,
    `## Une journée vide, avec un budget\n\n${digestOf(quiet, { ...SETTINGS, budget: 100 })}\n`,
  ];
  assertGolden(GOLDEN, sections.join("\n"), "tests/unit/digest.test.ts");
});

/** The digest at an instant, for a task that was done at another one. */
function toldAt(now: string, doneAt: string, timeZone = "Europe/Paris"): boolean {
  const plane = new PlaneAnswers();
  plane.projects.push({ identifier: "X", name: "X" });
  plane.items.push({ project: "X", number: 1, name: "x", state: "Done", completedAt: doneAt });
  return digestOf(plane, { ...SETTINGS, timeZone }, Date.parse(now)).includes("X-1");
}

test("NOTIF-08: yesterday is 23 hours long when the clocks went forward, and 25 when they went back", () => {
  // Sunday 29 March 2026 in Paris: from 23:00 UTC the day before to 22:00 UTC.
  assert.equal(toldAt("2026-03-30T06:00:00Z", "2026-03-28T22:59:59Z"), false);
  assert.equal(toldAt("2026-03-30T06:00:00Z", "2026-03-28T23:00:00Z"), true);
  assert.equal(toldAt("2026-03-30T06:00:00Z", "2026-03-29T21:59:59Z"), true);
  assert.equal(toldAt("2026-03-30T06:00:00Z", "2026-03-29T22:00:00Z"), false);
  // Sunday 25 October: from 22:00 UTC the day before to 23:00 UTC.
  assert.equal(toldAt("2026-10-26T07:00:00Z", "2026-10-24T21:59:59Z"), false);
  assert.equal(toldAt("2026-10-26T07:00:00Z", "2026-10-24T22:00:00Z"), true);
  assert.equal(toldAt("2026-10-26T07:00:00Z", "2026-10-25T22:59:59Z"), true);
  assert.equal(toldAt("2026-10-26T07:00:00Z", "2026-10-25T23:00:00Z"), false);
  // On the day of the change itself, yesterday has its 24 hours.
  assert.equal(toldAt("2026-03-29T06:00:00Z", "2026-03-27T23:00:00Z"), true);
  assert.equal(toldAt("2026-03-29T06:00:00Z", "2026-03-28T22:59:59Z"), true);
});

test("NOTIF-08: every day follows the one before it, in every hour of a year and in zones of all kinds", () => {
  // Midnight does not exist on a day in Cairo, and half an hour is what Lord Howe's clocks change by.
  for (const zone of ["Europe/Paris", "UTC", "Africa/Cairo", "Australia/Lord_Howe", "Pacific/Kiritimati"]) {
    let today = "";
    for (let at = Date.parse("2026-01-01"); at < Date.parse("2027-01-03"); at += 3_600_000) {
      const day = dayOf(at, zone);
      assert.match(day, /^\d{4}-\d\d-\d\d$/);
      if (day === today) continue;
      if (today !== "") assert.equal(dayBefore(day), today, zone);
      today = day;
    }
  }
});

test("NOTIF-08: a done task that is saved again is not done once more: its history says when it was", () => {
  const plane = exampleWorkspace();
  plane.items.push(
    {
      project: "ONB",
      number: 10,
      name: "Finie il y a une semaine, étiquetée hier",
      state: "Done",
      completedAt: "2026-11-24T15:00:00Z",
      stateChangedAt: "2026-11-17T15:00:00Z",
    },
    {
      project: "ONB",
      number: 11,
      name: "Finie hier, étiquetée ce matin",
      state: "Done",
      completedAt: "2026-11-25T06:30:00Z",
      stateChangedAt: "2026-11-24T15:00:00Z",
    },
  );
  const text = digestOf(plane);
  assert.doesNotMatch(text, /ONB-10/);
  assert.match(text, /ONB-11/);
});

test("NOTIF-08: a workspace of 500 tasks is read in three rounds, within what a token may ask in a minute", () => {
  const plane = new PlaneAnswers();
  for (let p = 0; p < 10; p++) {
    plane.projects.push({ identifier: `P${p}`, name: `Projet ${p}` });
    for (let number = 1; number <= 50; number++) {
      const state = number <= 5 ? "Blocked" : number <= 10 ? "In Progress" : "Done";
      const completedAt = state === "Done" ? "2026-11-24T10:00:00Z" : undefined;
      plane.items.push({
        project: `P${p}`,
        number,
        name: "Une tâche",
        state,
        ...(completedAt && { completedAt }),
      });
    }
  }
  const text = digestOf(plane);
  assert.match(text, /Terminées hier \(400\)/);
  assert.deepEqual(
    plane.rounds.map(({ length }) => length),
    [1, 10, 40],
  );
});

test("NOTIF-08: without Plane there is no digest, and the reason is told", () => {
  const plane = new PlaneAnswers();
  plane.get = () => ({ status: 0, body: undefined });
  const next = plane.through((answers) => digest(answers, SETTINGS, MORNING));
  assert.ok("problem" in next);
  assert.match(next.problem, /Plane ne répond pas/);
});

test("OPENCLAW-11: the digest's sums are those of the bridge's plane_budget", () => {
  const plane = exampleWorkspace();
  const { value: tasks } = plane.through((answers) => {
    const reading = allTasks(answers);
    assert.ok(!("problem" in reading));
    return reading;
  });
  const bridgeTasks = tasks.map(
    ({ status, fields, completedAt }) =>
      ({ status, fields, item: { completed_at: completedAt ?? null } }) as unknown as BridgeTask,
  );
  for (const now of [MORNING, Date.parse("2026-12-01T07:00:00Z")]) {
    const { spent, active } = bridgeBudgetOf({ budget: 100 }, bridgeTasks, now);
    assert.deepEqual(budgetOf(tasks, now), { spent, active });
  }
});
