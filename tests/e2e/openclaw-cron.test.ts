// Runs beside others: its servers have ports and folders of their own.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { AGENTS } from "../../agents.ts";
import { Gateway } from "../support/openclaw.ts";

const IDS = AGENTS.map(({ agentId }) => agentId);
const WITHIN_MS = 240_000;

let gateway: Gateway;
after(() => gateway?.stop());

/** Waits until the jobs are those of the wanted agents. */
async function jobsAre(agentIds: readonly string[]): Promise<void> {
  const wanted = AGENTS.filter(({ agentId }) => agentIds.includes(agentId))
    .map(({ agentId, openclawId }) => `plane-poll-${agentId} ${openclawId}`)
    .sort();
  const deadline = Date.now() + WITHIN_MS;
  let found: string[];
  do {
    await sleep(2000);
    const { stdout } = await gateway.cli("cron", "list", "--all", "--json");
    const { jobs } = JSON.parse(stdout.slice(stdout.search(/^\{\s*$/m))) as {
      jobs: { name: string; agentId: string }[];
    };
    found = jobs.map(({ name, agentId }) => `${name} ${agentId}`).sort();
  } while (found.join() !== wanted.join() && Date.now() < deadline);
  assert.deepEqual(found, wanted);
}

test("OPENCLAW-09: in cron mode a real gateway has one job of five minutes for each agent", async () => {
  const tokens = Object.fromEntries(AGENTS.map(({ agentId }) => [agentId, "plane_api_0"]));
  // No look is taken before a job runs, so no Plane is needed.
  gateway = await Gateway.start({
    version: "2026.2.26",
    url: "http://127.0.0.1:9",
    tokens,
    bridge: { polling: "cron" },
  });
  await jobsAre(IDS);
});

test("OPENCLAW-09: whoever is paused while it runs has no job any more", async () => {
  gateway.home.write("state/paused", "thot\n");
  await jobsAre(IDS.filter((agentId) => agentId !== "thot"));
});
