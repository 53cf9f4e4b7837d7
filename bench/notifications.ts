import { setTimeout as sleep } from "node:timers/promises";
import { N8N_HEAP_MIB } from "../components/platform/embedded.ts";
import { create } from "../providers/n8n/workflow.ts";
import type { Paths } from "../scripts/setup/paths.ts";
import { stateChange, type TestItem } from "../tests/support/deliveries.ts";
import { FlowsWorld } from "../tests/support/flowsWorld.ts";
import { rawWebhook, respond, telegram } from "../workflows/n8n/nodes.ts";
import { flow } from "../workflows/n8n/workflow.ts";

/** From Plane's delivery to Telegram, one after the other (issue of the notifications). */
const GOAL_MS = 200;
/** Below the hundred a minute above which messages are summed up. */
const ROUNDS = 40;
const A_SECOND = 2;
/** After the last delivery: what an execution has left is taken up after a minute. */
const LATEST_MS = 180_000;
/** Where messages go; alerts go elsewhere. */
const CHAT = "4242";

/**
 * Notifications on a real n8n with a real Redis: from delivery to message, against the least that n8n can do, which is
 * a workflow that answers and sends.
 */
export async function benchNotifications(_paths: Paths, signal: AbortSignal): Promise<string[]> {
  const world = await open("bench-notifications");
  try {
    const floor = await leastWorkflow(world);
    const told: number[] = [];
    const least: number[] = [];
    for (let round = -15; round < ROUNDS && !signal.aborted; round += 1) {
      const body = done(world, 1000 + round);
      const times = [await untilMessage(world, () => world.deliver(body)), await untilMessage(world, floor)];
      if (round < 0) continue;
      told.push(times[0] ?? 0);
      least.push(times[1] ?? 0);
    }
    const p95 = at(told, 0.95);
    return [
      `delivery to Telegram                ${ms(at(told, 0.5))}  p95 ${ms(p95).trim()} (goal <= ${GOAL_MS} ms${p95 <= GOAL_MS ? "" : ", missed"}); ` +
        `${(at(told, 0.5) / at(least, 0.5)).toFixed(1)} x a workflow that answers and sends (${ms(at(least, 0.5)).trim()}, p95 ${ms(at(least, 0.95)).trim()})`,
    ];
  } finally {
    await world.stop();
  }
}

/**
 * Two deliveries a second, which is more than is told one by one, with the heap that the embedded n8n has: its memory, and
 * whether everything was told.
 */
export function benchLoad(minutes: number): (paths: Paths, signal: AbortSignal) => Promise<string[]> {
  return async (_paths, signal) => {
    const world = await open("bench-load");
    try {
      const memory: number[] = [];
      let refused = 0;
      const all = minutes * 60 * A_SECOND;
      const began = Date.now();
      for (let sent = 0; sent < all && !signal.aborted; sent += 1) {
        void world.deliver(done(world, 1000 + sent)).then(
          (status) => (refused += status === 200 ? 0 : 1),
          () => (refused += 1),
        );
        if (sent % (60 * A_SECOND) === 0) memory.push(world.n8n.residentMiB());
        await sleep(Math.max(0, began + ((sent + 1) * 1000) / A_SECOND - Date.now()));
      }
      memory.push(world.n8n.residentMiB());
      const last = Date.now();
      // What a burst leaves is summed up by the schedule, and what an execution has left is told by it.
      while (!signal.aborted && Date.now() - last < LATEST_MS && told(world).all < all) await sleep(1000);
      const { named, summed, doubles, alerts } = told(world);
      return [
        `${all} deliveries, ${A_SECOND} a second          ${refused} not answered 200; ${named} told by name, ${summed} by number, ` +
          `${all - named - summed} not, ${doubles} twice; ${alerts} alerts; complete ${Math.round((Date.now() - last) / 1000)} s after the last`,
        `memory of n8n and its runner        ${memory.join(", ")} MiB, by the minute`,
      ];
    } finally {
      await world.stop();
    }
  };
}

function open(name: string): Promise<FlowsWorld> {
  const environment = { NODE_OPTIONS: `--max-old-space-size=${N8N_HEAP_MIB}` };
  return FlowsWorld.start(name, { asDeployed: true, environment });
}

/** Answers, sends to the fake Bot API, and nothing else. */
async function leastWorkflow(world: FlowsWorld): Promise<() => Promise<unknown>> {
  const api = { url: world.n8n.url, apiKey: world.n8n.apiKey };
  const workflow = flow(
    "bench-least",
    [
      rawWebhook("Delivery", "least"),
      respond("200", 200, {}),
      telegram("Telegram", world.bot, CHAT, "<b>Le moins</b>"),
    ],
    [
      ["Delivery", "200"],
      ["200", "Telegram"],
    ],
    { timeZone: "UTC", timeout: 60 },
  );
  await create({ api, workflow, active: true });
  return () => fetch(`${world.n8n.url}/webhook/least`, { method: "POST", body: "{}" });
}

/** The delivery of a task of Imhotep's that is done, which Plane's API shows too. */
function done(world: FlowsWorld, number: number): string {
  const item: TestItem = { number, name: `Tâche ${number}`, state: "Done", agent: "imhotep" };
  world.set(item);
  return stateChange("imhotep", item, "In Progress", Date.now());
}

async function untilMessage(world: FlowsWorld, begin: () => Promise<unknown>): Promise<number> {
  const messages = () => world.telegram.calls.filter(({ chat }) => chat === CHAT).length;
  const before = messages();
  const started = performance.now();
  await begin();
  while (messages() === before) {
    const alert = world.telegram.calls.find(({ chat }) => chat !== CHAT);
    if (alert !== undefined) throw new Error(`n8n tells of a failure: ${alert.html}`);
    await sleep(1);
  }
  const took = performance.now() - started;
  // What follows the message is not to slow the next one down: deliveries come one after the other.
  await sleep(250);
  return took;
}

/** How many tasks messages name, how many a sum has beyond those it names, and how many namings are one too many. */
function told({ telegram }: FlowsWorld) {
  const texts = telegram.calls.filter(({ chat }) => chat === CHAT).map(({ html }) => html);
  const keys = texts.flatMap((text) => [...text.matchAll(/browse\/(ONB-\d+)\//g)].map(([, key]) => key));
  const named = new Set(keys).size;
  const summed = texts.reduce((sum, text) => sum + Number(/et (\d+) de plus/.exec(text)?.[1] ?? 0), 0);
  const alerts = telegram.calls.length - texts.length;
  return { named, summed, all: named + summed, doubles: keys.length - named, alerts };
}

function at(times: readonly number[], part: number): number {
  const sorted = times.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}

function ms(milliseconds: number): string {
  return `${milliseconds.toFixed(0)} ms`.padStart(8);
}
