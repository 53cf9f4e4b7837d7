// Runs beside others: its servers have ports and folders of their own.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { AGENTS } from "../../agents.ts";
import { Gateway } from "../support/openclaw.ts";

const WITHIN_MS = 240_000;

let gateway: Gateway;
after(() => gateway?.stop());

test("OPENCLAW-09: in cron mode a real gateway has one job of five minutes for each agent", async () => {
  const tokens = Object.fromEntries(AGENTS.map(({ agentId }) => [agentId, "plane_api_0"]));
  // No look is taken before a job runs, so no Plane is needed.
  gateway = await Gateway.start({
    version: "2026.2.26",
    url: "http://127.0.0.1:9",
    tokens,
    bridge: { polling: "cron" },
  });
  const deadline = Date.now() + WITHIN_MS;
  let jobs: { name: string; agentId: string }[];
  do {
    await sleep(2000);
    const { stdout } = await gateway.cli("cron", "list", "--all", "--json");
    ({ jobs } = JSON.parse(stdout.slice(stdout.search(/^\{\s*$/m))) as { jobs: typeof jobs });
  } while (jobs.length < AGENTS.length && Date.now() < deadline);
  assert.deepEqual(
    jobs.map(({ name, agentId }) => `${name} ${agentId}`).sort(),
    AGENTS.map(({ agentId, openclawId }) => `plane-poll-${agentId} ${openclawId}`).sort(),
  );
});
