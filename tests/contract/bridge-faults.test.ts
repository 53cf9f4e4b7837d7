// Runs beside others: its servers have ports and folders of their own.
import "../support/quickRetries.ts";
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { BridgeAtWork } from "../support/bridgeAtWork.ts";
import { InProcessEngine } from "../support/inProcessEngine.ts";
import { insidePlane } from "../support/insidePlane.ts";
import { type Fault, PlaneServer } from "../support/planeServer.ts";

/** What a request may take while slow answers are tried; a call of the test server's takes a tenth of it and less. */
const TIMEOUT_MS = 300;

let server: PlaneServer;
let work: BridgeAtWork;
let count = 0;

before(async () => {
  server = await PlaneServer.start({ apiRateLimit: 1_000_000, storage: true });
  const engine = new InProcessEngine(await insidePlane(server.url));
  await engine.up();
  work = BridgeAtWork.open(server, engine, { storeUrl: server.storageUrl });
  work.file("imhotep", "rapport.md", "# Rapport\n");
});
after(async () => {
  work?.close();
  await server.close();
});

/** A call of a tool, and what has to hold of the work items whose titles begin alike, however often it is tried. */
interface Scenario {
  agent: string;
  tool: string;
  /** Makes what the call needs, under titles that begin with this one, and returns the call's input. */
  prepare: (title: string) => Promise<object>;
  /** Of {@link FAULTS}, where a call makes too much to see it fail in all ways. */
  faults?: string[];
}

const create = async (title: string, more: object = {}): Promise<string> =>
  (
    await work.must<{ id: string }>("concierge", "plane_create_task", {
      project_id: "ONB",
      title,
      assignee: "imhotep",
      // An estimate learns from what was done before.
      cost_estimate: 1,
      ...more,
    })
  ).id;
const started = async (title: string, more: object = {}): Promise<string> => {
  const task_id = await create(title, more);
  await work.must("imhotep", "plane_update_task_status", { task_id, status: "in_progress" });
  return task_id;
};

const SCENARIOS: Record<string, Scenario> = {
  "OPENCLAW-04: starting": {
    agent: "imhotep",
    tool: "plane_update_task_status",
    prepare: async (title) => ({ task_id: await create(title), status: "in_progress" }),
  },
  "OPENCLAW-14: starting behind a failed dependency": {
    agent: "imhotep",
    tool: "plane_update_task_status",
    prepare: async (title) => {
      const first = await create(`${title} avant`);
      const task_id = await create(title, { dependencies: [first] });
      await work.must("imhotep", "plane_update_task_status", {
        task_id: first,
        status: "cancelled",
        reason: "non",
      });
      return { task_id, status: "in_progress" };
    },
  },
  "OPENCLAW-18: finishing": {
    agent: "imhotep",
    tool: "plane_update_task_status",
    prepare: async (title) => ({
      task_id: await started(title),
      status: "done",
      summary: "Fait.",
      confidence: 0.5,
    }),
  },
  "OPENCLAW-04: blocking": {
    agent: "imhotep",
    tool: "plane_update_task_status",
    prepare: async (title) => ({ task_id: await started(title), status: "blocked", reason: "pas de clé" }),
  },
  "OPENCLAW-04: giving back": {
    agent: "imhotep",
    tool: "plane_update_task_status",
    prepare: async (title) => ({ task_id: await started(title), status: "todo" }),
  },
  "OPENCLAW-04: cancelling": {
    agent: "imhotep",
    tool: "plane_update_task_status",
    prepare: async (title) => ({ task_id: await started(title), status: "cancelled", reason: "plus utile" }),
  },
  "OPENCLAW-02: listing": {
    agent: "imhotep",
    tool: "plane_list_my_tasks",
    prepare: async (title) => {
      await create(title, { dependencies: [await create(`${title} avant`)] });
      return {};
    },
  },
  "OPENCLAW-03: reading": {
    agent: "imhotep",
    tool: "plane_get_task_details",
    prepare: async (title) => ({ task_id: await started(title) }),
  },
  "OPENCLAW-11: looking at the budget": {
    agent: "imhotep",
    tool: "plane_budget",
    prepare: async (title) => {
      await create(title);
      return {};
    },
  },
  "OPENCLAW-05: commenting": {
    agent: "imhotep",
    tool: "plane_add_comment",
    prepare: async (title) => ({ task_id: await create(title), text: "**Presque**", template: "progress" }),
  },
  "OPENCLAW-06: starting a timer": {
    agent: "imhotep",
    tool: "plane_start_timer",
    prepare: async (title) => {
      const task_id = await started(title);
      await work.must("imhotep", "plane_stop_timer", { task_id });
      return { task_id };
    },
  },
  "OPENCLAW-06: stopping a timer": {
    agent: "imhotep",
    tool: "plane_stop_timer",
    prepare: async (title) => ({ task_id: await started(title) }),
  },
  "OPENCLAW-12: setting a confidence": {
    agent: "imhotep",
    tool: "plane_set_fields",
    prepare: async (title) => ({ task_id: await create(title), confidence_score: 0.3 }),
  },
  "OPENCLAW-07: sending a deliverable": {
    agent: "imhotep",
    tool: "plane_upload_deliverable",
    prepare: async (title) => ({ task_id: await create(title), path: "rapport.md" }),
  },
  "OPENCLAW-08: creating a task with a dependency": {
    agent: "concierge",
    tool: "plane_create_task",
    prepare: async (title) => ({
      project_id: "ONB",
      title,
      assignee: "imhotep",
      cost_estimate: 1,
      dependencies: [await create(`${title} avant`)],
    }),
  },
  "OPENCLAW-17: planning": {
    agent: "concierge",
    tool: "plane_plan",
    prepare: async (title) => ({
      project: { name: "Onboarding" },
      tasks: [
        { ref: "b", title: `${title} b`, agent: "imhotep", cost_estimate: 1, depends_on: ["a"] },
        { ref: "a", title: `${title} a`, agent: "thot", cost_estimate: 1 },
      ],
    }),
  },
  // Last: an agent reads every project that it is in.
  "OPENCLAW-17: creating a project": {
    agent: "concierge",
    tool: "plane_create_project",
    prepare: async (title) => ({ name: title, identifier: title.replace(" ", "") }),
    faults: ["a lost answer", "one that is executed after the timeout"],
  },
};

/** What makes something is tried four times, and each time but the first looks four times for what it has made. */
const FOREVER = 100;

/** What a call can meet, and whether it goes on meeting it until the tool gives up. */
const FAULTS: Record<string, Pick<Fault, "kind" | "times" | "ms">> = {
  "one 429": { kind: "429", times: 1 },
  "one 500": { kind: "500", times: 1 },
  "a lost answer": { kind: "executed-reset", times: 1 },
  "500 until it gives up": { kind: "500", times: FOREVER },
  "lost answers until it gives up": { kind: "executed-reset", times: FOREVER },
  "an answer after the timeout": { kind: "executed-slow", ms: 2 * TIMEOUT_MS },
  // Well after it was repeated: two creations at the same moment are two on the server (contracts/plane).
  "one that is executed after the timeout": { kind: "slow", ms: 3 * TIMEOUT_MS },
  "timeouts until it gives up, each executed later": {
    kind: "slow",
    times: FOREVER,
    ms: 4 * TIMEOUT_MS + 50,
  },
};

for (const [what, { agent, tool, prepare, faults }] of Object.entries(SCENARIOS)) {
  describe(what, () => {
    for (const [fault, order] of Object.entries(FAULTS)) {
      if (faults?.includes(fault) === false) continue;
      test(`${what}: ${fault} at any of its calls doubles nothing and loses nothing`, async (context) => {
        const undisturbed = `Cas ${(count += 1)}`;
        const input = await prepare(undisturbed);
        await server.clearCalls();
        await work.must(agent, tool, input);
        const calls = (await server.calls()).length;
        const wanted = await seen(undisturbed);
        for (let k = 1; k <= calls; k += 1) {
          const title = `Cas ${(count += 1)}`;
          const again = await prepare(title);
          await server.order({ at: k, ...order });
          if (order.ms !== undefined) process.env["PLANE_OPS_TIMEOUT_MS"] = String(TIMEOUT_MS);
          const outcome = await work.call(agent, tool, again);
          delete process.env["PLANE_OPS_TIMEOUT_MS"];
          await server.clearFaults();
          await allAnswered();
          if (!outcome.ok) {
            assert.ok(outcome.transient, outcome.message);
            assert.match(outcome.message, /Next: call plane_\w+ again/);
            // Plane's worker moves it a moment after each activity, comments too.
            await server.sql("UPDATE issues SET updated_at = clock_timestamp()");
            await work.must(agent, tool, again);
          }
          assert.deepEqual(await seen(title), wanted, `call ${k} of ${calls}`);
          // Every call of a tool reads the whole project: it stays as small as it was.
          await server.sql("UPDATE issues SET deleted_at = now()");
        }
        context.diagnostic(`${calls} calls`);
      });
    }
  });
}

/** Waits for calls that were given up, and that the server executes all the same. */
async function allAnswered(): Promise<void> {
  while ((await server.calls()).some(({ status }) => status === null)) await sleep(20);
}

/** The work items whose title begins so, and the project of that name, without what differs from run to run. */
async function seen(title: string): Promise<unknown> {
  const world = await server.world();
  const identifier = title.replace(" ", "").toUpperCase();
  const plain = (row: object) =>
    JSON.parse(
      JSON.stringify(row)
        .replaceAll(new RegExp(`${title.replace(" ", " ?")}(?!\\d)`, "gi"), "Cas")
        .replaceAll(/ONB-\d+/g, "ONB-n")
        .replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{32,64}|\d{4}-\d\d-\d\dT[\d:.]+Z/g, "x")
        // A lost announcement has taken its external id.
        .replaceAll(/deliverable:x:rapport\.md:\d/g, "deliverable"),
    ) as Record<string, unknown>;
  const those = (list: string, isOne: (row: Record<string, unknown>) => boolean) =>
    (world[list] as Record<string, unknown>[])
      .filter(isOne)
      .map(plain)
      .map(({ sequence: _, ...row }) => row)
      .map((row) => JSON.stringify(row))
      .sort();
  const of = (list: string, key: string) =>
    those(list, (row) => new RegExp(`^${title}(?!\\d)`).test(String(row[key])));
  const inProject = (list: string) => those(list, ({ project }) => project === identifier);
  return {
    workItems: of("workItems", "name"),
    comments: of("comments", "work_item"),
    attachments: of("attachments", "work_item").filter((row) => row.includes('"is_uploaded":true')),
    projects: of("projects", "name"),
    states: inProject("states"),
    labels: inProject("labels"),
    members: inProject("projectMembers"),
  };
}
