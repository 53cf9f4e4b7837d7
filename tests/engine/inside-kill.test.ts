// Runs beside others: its servers have ports and folders of their own.
import "../support/quickRetries.ts";
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { BringUpLane } from "../support/bringUpLane.ts";
import type { RecordedCall, World } from "../support/planeServer.ts";
import { seeded } from "../support/seeded.ts";

/** An engine that dies while it brings up Plane's inside; the next run starts while orphans may still be at work. */
const SEED = Number(process.env.PLANE_OPS_SEED ?? Date.now() % 100_000);
const POINTS = 15;
/** Each has a core to itself on two. */
const LANES = 2;

const lanes: BringUpLane[] = [];
let wanted: World;
let calls: number;

before(async () => {
  const opened = Array.from({ length: LANES }, (_, index) => BringUpLane.open(`inside-kill-${index}`));
  for (const lane of await Promise.all(opened)) lanes.push(lane);
  const [first] = lanes;
  assert.ok(first);
  ({ world: wanted, calls } = await first.undisturbed());
});

after(() => Promise.all(lanes.map((lane) => lane.close())));

/** Does it with a lane that nobody else uses meanwhile. */
async function onLane(work: (lane: BringUpLane) => Promise<void>): Promise<void> {
  const lane = lanes.pop();
  assert.ok(lane);
  try {
    await work(lane);
  } finally {
    lanes.push(lane);
  }
}

describe(`an engine killed at any call: the next run converges (PLANE_OPS_SEED=${SEED})`, {
  concurrency: LANES,
}, () => {
  const random = seeded(SEED);
  for (let point = 0; point < POINTS; point += 1) {
    const share = random();
    const killed = point % 2 === 0 ? "engine" : "all";
    const destroyed = point % 5 === 4;
    const who = killed === "engine" ? "its providers are orphaned" : "its providers die with it";
    test(`${Math.ceil(share * 100)} % into it, and ${who}: nothing doubled, nothing orphaned`, (context) =>
      onLane(async (lane) => {
        const k = 1 + Math.floor(share * calls);
        const seen = await lane.converges(k, killed, wanted);
        context.diagnostic(`call ${k} of ${calls}; ${seen} were seen when it was killed`);
        if (destroyed) await destroys(lane);
      }));
  }
});

test("what a killed engine leaves behind sends nothing more to Plane, also when it waits for another try", () =>
  onLane(async (lane) => {
    await lane.fresh();
    await lane.server.order({ at: 1, kind: "502", method: "POST", path: "api-tokens" });
    const isFaulty = ({ status }: RecordedCall) => status === 502;
    await lane.killWhen((seen) => seen.some(isFaulty), "engine", { PLANE_OPS_RETRY_SCALE: "1" });
    await sleep(500);
    const { length } = await lane.server.calls();
    await sleep(2000);
    assert.deepEqual((await lane.server.calls()).slice(length), []);
  }));

async function destroys(lane: BringUpLane): Promise<void> {
  const { code, text } = await lane.stack.pulumi("destroy", "--yes", "--skip-preview");
  assert.equal(code, 0, text);
  assert.deepEqual((await lane.server.world()).workspaces, []);
}
