import "../support/quickRetries.ts";
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { BridgeAtWork } from "../support/bridgeAtWork.ts";
import { tokensOf } from "../support/bridgeHome.ts";
import { InProcessEngine } from "../support/inProcessEngine.ts";
import { insidePlane } from "../support/insidePlane.ts";
import { PersonInPlane } from "../support/personInPlane.ts";
import { PlaneServer } from "../support/planeServer.ts";
import { passwordOf } from "../support/recordedProgram.ts";
import { Day, type Start } from "./day/day.ts";
import { FakeClock, holdDuringRequests } from "./day/fakeClock.ts";
import { scenarioOf } from "./day/scenario.ts";

const SEED = Number(process.env.PLANE_OPS_SEED ?? Date.now() % 100_000);
const HOURS = 12;
/** The relay of Plane's webhooks is down until then: the agents have the poller alone. */
const RELAY_FROM = 4 * 60;
const MINUTE = 60_000;

let server: PlaneServer;
let work: BridgeAtWork;
let release: (() => void) | undefined;

before(async () => {
  server = await PlaneServer.start({ apiRateLimit: 1_000_000 });
});
after(async () => {
  release?.();
  work?.close();
  await server?.close();
});

test(`OPENCLAW-09, OPENCLAW-14, OPENCLAW-16, OPENCLAW-20: ten agents and a person work for ${HOURS} hours (PLANE_OPS_SEED=${SEED})`, async (context) => {
  const engine = new InProcessEngine(await insidePlane(server.url));
  await engine.up();
  await server.sql("UPDATE issues SET deleted_at = now()");
  const people = {
    page: await PersonInPlane.signIn(server.url, "ada@javisi.test", passwordOf("plane-password-human")),
    colleague: PersonInPlane.withToken(server.url, tokensOf(engine)["n8n"] ?? ""),
  };
  const clock = new FakeClock(Date.now());
  const begun = clock.now();
  work = BridgeAtWork.open(server, engine, { requestsPerSecond: 1, rateLimit: 100 }, clock);
  const day = new Day(server, work, clock, people, scenarioOf(SEED), RELAY_FROM);
  release = holdDuringRequests(clock, (answer) => day.answered(answer));
  await server.clearCalls();
  await day.run(HOURS * 60);

  const all = [...day.requests.values()].flat();
  const perMinute = mostWithin(MINUTE, all);
  context.diagnostic(
    `requests: ${all.length}, ${(all.length / HOURS / 60).toFixed(1)} a minute, at most ${perMinute} in one`,
  );
  for (const [agent, times] of [...day.requests].sort()) {
    context.diagnostic(
      `${agent}: ${times.length} requests, ${(times.length / HOURS / 60).toFixed(2)} a minute, at most ${mostWithin(MINUTE, times)} in one`,
    );
    assert.ok(mostWithin(1000, times) <= 1, `${agent} sent more than one request in a second`);
    assert.ok(mostWithin(MINUTE, times) <= 100, `${agent} sent more than 100 requests in a minute`);
  }

  const [polled, relayed] = [
    day.starts.filter(({ ready }) => ready < begun + RELAY_FROM * MINUTE),
    day.starts.filter(({ ready }) => ready >= begun + RELAY_FROM * MINUTE),
  ];
  for (const [how, starts] of [
    ["poller alone", polled],
    ["with relay", relayed],
  ] as const) {
    context.diagnostic(
      `${how}: ${starts.length} starts; from assigned or unblocked, with free hands, to started: ` +
        `median ${seconds(starts, delay, 0.5)} s, p99 ${seconds(starts, delay, 0.99)} s; busy agents' queue included: p99 ${seconds(starts, queue, 0.99)} s`,
    );
  }

  const calls = (await server.calls()).filter(({ path }) => path.startsWith("/api/v1/"));
  assert.equal(calls.length, all.length + day.byHand, "a request that nobody paced");
  assert.deepEqual(day.wrongs, []);
  assert.deepEqual(work.logged, []);
  await nothingIsLost(day);
  inTime(day, polled, 6 * MINUTE);
  inTime(day, relayed, 2 * MINUTE);
});

/** @throws with what the diary says of the one that came latest. */
function inTime(day: Day, starts: readonly Start[], allowed: number): void {
  const [latest] = starts.toSorted((a, b) => delay(b) - delay(a));
  if (latest === undefined || seconds(starts, delay, 0.99) * 1000 <= allowed) return;
  const { key, agent } = latest;
  const lines = day.diary.filter((line) => line.includes(key) || new RegExp(`\\b${agent}\\b`).test(line));
  assert.fail(`${agent} started ${key} ${delay(latest) / MINUTE} minutes late:\n${lines.join("\n")}`);
}

/** Every task is done, or cancelled because a person cancelled it or something that it waited for. */
async function nothingIsLost(day: Day): Promise<void> {
  const tasks = await server.sql<{ key: string; state: string; waits: string[] }>(
    `SELECT 'ONB-' || i.sequence_id AS key, s.name AS state,
       ARRAY(SELECT 'ONB-' || d.sequence_id FROM issue_relations r JOIN issues d ON d.id = r.related_issue_id
         WHERE r.issue_id = i.id AND r.relation_type = 'blocked_by' AND r.deleted_at IS NULL) AS waits
     FROM issues i JOIN states s ON s.id = i.state_id WHERE i.deleted_at IS NULL ORDER BY i.sequence_id`,
  );
  assert.equal(tasks.length, day.created);
  // A person and an agent may end a task in the same second: then it is what the later one said.
  const ends = new Map(tasks.map(({ key, state }) => [key, state]));
  const cancelled = new Set([...day.cancelled].filter((key) => ends.get(key) !== "Done"));
  for (const { key, waits } of tasks) if (waits.some((other) => cancelled.has(other))) cancelled.add(key);
  const lost = tasks.filter(({ key, state }) => state !== (cancelled.has(key) ? "Cancelled" : "Done"));
  assert.deepEqual(lost, []);
}

/** From when the agent could start to when it did. */
const delay = ({ possible, at }: Start): number => at - possible;
/** From when anybody could have started, the agent's other work included. */
const queue = ({ ready, at }: Start): number => at - ready;

/** The most of these times within any window. */
function mostWithin(window: number, times: readonly number[]): number {
  const sorted = times.toSorted((a, b) => a - b);
  let first = 0;
  let most = 0;
  for (const [last, time] of sorted.entries()) {
    while ((sorted[first] as number) <= time - window) first += 1;
    most = Math.max(most, last - first + 1);
  }
  return most;
}

function seconds(starts: readonly Start[], of: (start: Start) => number, part: number): number {
  const sorted = starts.map(of).sort((a, b) => a - b);
  return Math.round((sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * part) - 1)] ?? 0) / 1000);
}
