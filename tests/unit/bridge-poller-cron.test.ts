import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, beforeEach, test } from "node:test";
import { AbortError } from "p-retry";
import type { Clock } from "../../skills/plane-bridge/core/clock.ts";
import { keepCron, reconcileCron } from "../../skills/plane-bridge/poller/cron.ts";

const state = mkdtempSync(join(tmpdir(), "bridge-cron-"));
after(() => rmSync(state, { recursive: true, force: true }));

const agents = [
  { agentId: "imhotep", openclawId: "builder", displayName: "", email: "", persona: "" },
  { agentId: "cfo", openclawId: "cfo", displayName: "", email: "", persona: "" },
];
const config = { agents, polling: "cron" as const, pollMinutes: 5, paused: [] as string[], state };

interface Job {
  id: string;
  name: string;
  agentId: string;
  enabled: boolean;
  schedule: { kind: string; everyMs: number };
  payload: { kind: string; message: string };
}

/** What `openclaw cron` does with its store, as recorded (contracts/openclaw): `add` is not idempotent. */
class Cron {
  jobs: Job[] = [];
  calls: string[] = [];
  #count = 0;

  run = async ([, action, ...rest]: string[]): Promise<string> => {
    this.calls.push(String(action));
    if (action === "rm") this.jobs = this.jobs.filter(({ id }) => id !== rest[0]);
    if (action === "add") this.jobs.push(this.#made(rest));
    const document = { jobs: this.jobs, total: this.jobs.length, hasMore: false };
    return `{"level":"info","message":"a plugin's line"}\n${JSON.stringify(document, undefined, 2)}\n`;
  };

  #made(args: string[]): Job {
    const option = (name: string) => args[args.indexOf(`--${name}`) + 1] ?? assert.fail(name);
    this.#count += 1;
    return {
      id: `job-${this.#count}`,
      name: option("name"),
      agentId: option("agent"),
      enabled: true,
      schedule: { kind: "every", everyMs: Number.parseInt(option("every"), 10) * 60_000 },
      payload: { kind: "agentTurn", message: option("message") },
    };
  }
}

let cron: Cron;
beforeEach(() => {
  cron = new Cron();
});
const names = () => cron.jobs.map(({ name, agentId }) => `${name} ${agentId}`).sort();

test("OPENCLAW-09: in cron mode every agent has one job of five minutes, by OpenClaw's own id", async () => {
  await reconcileCron(config, cron.run);
  assert.deepEqual(names(), ["plane-poll-cfo cfo", "plane-poll-imhotep builder"]);
  assert.ok(cron.jobs.every(({ schedule }) => schedule.everyMs === 300_000));
  assert.ok(cron.jobs.every(({ payload }) => payload.message.includes("plane_list_my_tasks")));
});

test("a second run lists and changes nothing", async () => {
  await reconcileCron(config, cron.run);
  cron.calls = [];
  await reconcileCron(config, cron.run);
  assert.deepEqual(cron.calls, ["list"]);
});

test("a job that is there twice, disabled, of another interval or of no agent is put right; other jobs stay", async () => {
  await reconcileCron(config, cron.run);
  const [imhotep, cfo] = cron.jobs as [Job, Job];
  cron.jobs = [
    { ...imhotep, id: "disabled", enabled: false },
    { ...cfo, id: "often", schedule: { kind: "every", everyMs: 60_000 } },
    cfo,
    { ...cfo, id: "twice" },
    { ...cfo, id: "gone", name: "plane-poll-osiris", agentId: "osiris" },
    { ...cfo, id: "theirs", name: "digest" },
  ];
  await reconcileCron(config, cron.run);
  assert.deepEqual(names(), ["digest cfo", "plane-poll-cfo cfo", "plane-poll-imhotep builder"]);
  assert.ok(cron.jobs.some(({ id }) => id === cfo.id));
});

test("a paused agent has no job, and out of cron mode nobody has", async () => {
  await reconcileCron(config, cron.run);
  writeFileSync(join(state, "paused"), "cfo\n");
  await reconcileCron(config, cron.run);
  rmSync(join(state, "paused"));
  assert.deepEqual(names(), ["plane-poll-imhotep builder"]);
  await reconcileCron({ ...config, polling: "plugin" }, cron.run);
  assert.deepEqual(names(), []);
});

test("a list that is cut off is no ground for adding jobs", async () => {
  const cut = async () => JSON.stringify({ jobs: [], hasMore: true });
  await assert.rejects(reconcileCron(config, cut), /more than 200 cron jobs/);
});

/** A clock whose every sleep is the moment for the next thing that happens; after the last one all ends. */
function during(...happenings: (() => void)[]): { clock: Clock; signal: AbortSignal } {
  const end = new AbortController();
  const sleep = async () => {
    const next = happenings.shift();
    if (next === undefined) end.abort();
    else next();
  };
  return { clock: { now: () => 0, sleep }, signal: end.signal };
}

const pause = (names: string) => writeFileSync(join(state, "paused"), names);

test("OPENCLAW-09: in cron mode a pause takes an agent's job away while the gateway runs, and its end gives it back", async () => {
  const seen: string[][] = [];
  const note = () => seen.push(names());
  const { clock, signal } = during(
    () => pause("cfo\n"),
    () => {
      note();
      pause("all\n");
    },
    () => {
      note();
      cron.calls = [];
    },
    () => {
      assert.deepEqual(cron.calls, [], "nothing has changed, so OpenClaw is asked nothing");
      pause("");
    },
  );
  await keepCron({ config, clock, log: assert.fail }, cron.run, signal);
  note();
  assert.deepEqual(seen, [
    ["plane-poll-imhotep builder"],
    [],
    ["plane-poll-cfo cfo", "plane-poll-imhotep builder"],
  ]);
});

test("jobs that could not be put right are tried again later, and the failure is logged", async () => {
  const logged: string[] = [];
  let isCut = true;
  const run = (args: string[]) =>
    isCut ? Promise.reject(new AbortError("the gateway is gone")) : cron.run(args);
  const { clock, signal } = during(() => {
    isCut = false;
  });
  await keepCron({ config, clock, log: (line) => logged.push(line) }, run, signal);
  assert.deepEqual(logged, [
    "OpenClaw's cron jobs are not what agents:polling asks for: the gateway is gone",
  ]);
  assert.deepEqual(names(), ["plane-poll-cfo cfo", "plane-poll-imhotep builder"]);
});
