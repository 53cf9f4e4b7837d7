import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { stateChange, type TestItem } from "../support/deliveries.ts";
import { FlowsWorld } from "../support/flowsWorld.ts";

/** Five real minutes without Telegram, and n8n anew in the middle: a quarter of an hour, so only when asked for. */
const AWAY_MS = 5 * 60_000;
/** The last try before Telegram was back may have been a moment ago, and the next one comes after as long as that. */
const WITHIN_MS = 12 * 60_000;
let world: FlowsWorld;

before(async () => {
  world = await FlowsWorld.start("outage");
});

after(async () => {
  await world?.stop();
});

test("NOTIF-03: after five minutes without Telegram, in which n8n started anew, all is told, once", async (context) => {
  const items = Array.from({ length: 30 }, (_, index): TestItem => {
    const number = 100 + index;
    return { number, name: `Tâche ${number}`, state: "Done", agent: "imhotep" };
  });
  world.telegram.mood = "down";
  const began = Date.now();
  for (const [index, item] of items.entries()) {
    await sleep(Math.max(0, began + (index * AWAY_MS) / items.length - Date.now()));
    world.set(item);
    if (index === items.length / 2) await world.n8n.restart();
    assert.equal(await world.deliver(stateChange("imhotep", item, "In Progress", Date.now())), 200);
  }
  await sleep(Math.max(0, began + AWAY_MS - Date.now()));
  assert.deepEqual(world.telegram.texts, []);
  world.telegram.mood = "well";
  const back = Date.now();
  const times = () =>
    items.map(({ number }) => world.telegram.texts.filter((text) => text.includes(`/ONB-${number}/`)).length);
  while (times().includes(0) && Date.now() - back < WITHIN_MS) await sleep(500);
  context.diagnostic(`all told ${Math.round((Date.now() - back) / 1000)} s after Telegram was back`);
  await sleep(30_000);
  assert.deepEqual(
    times(),
    items.map(() => 1),
  );
});
