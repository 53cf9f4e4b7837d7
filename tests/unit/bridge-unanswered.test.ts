import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { Unreachable } from "../../plane/errors.ts";
import type { Desk } from "../../skills/plane-bridge/core/desk.ts";
import { BridgeError } from "../../skills/plane-bridge/core/errors.ts";
import { withMark } from "../../skills/plane-bridge/core/unanswered.ts";

const state = mkdtempSync(join(tmpdir(), "bridge-unanswered-"));
after(() => rmSync(state, { recursive: true, force: true }));

let now = 0;
const deskOf = (agentId: string) =>
  ({ bridge: { config: { state }, clock: { now: () => now } }, agent: { agentId } }) as unknown as Desk;

/** The mark of a try that ends so. */
async function tried(what: string, error?: Error, agentId = "thot"): Promise<string> {
  let mark = "";
  const work = async (given: string) => {
    mark = given;
    if (error !== undefined) throw error;
  };
  const whole = withMark(deskOf(agentId), what, work);
  if (error === undefined) await whole;
  else await assert.rejects(whole, error);
  return mark;
}
const lost = new Unreachable("no answer", { maybeExecuted: true });

test("OPENCLAW-15: what got no answer keeps its mark until it is done, and for nobody else and nothing else", async () => {
  const first = await tried("a", lost);
  assert.notEqual(await tried("b"), first);
  assert.notEqual(await tried("a", undefined, "cfo"), first);
  assert.equal(await tried("a", lost), first);
  assert.equal(await tried("a"), first);
  assert.notEqual(await tried("a"), first);
});

test("what was refused was not done: the next one has another mark", async () => {
  const first = await tried("c", new BridgeError("no", "leave it"));
  assert.notEqual(await tried("c"), first);
});

test("an hour after no answer came the same words are meant anew", async () => {
  const first = await tried("d", lost);
  now += 3_600_000;
  assert.notEqual(await tried("d"), first);
});
