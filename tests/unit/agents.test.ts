import assert from "node:assert/strict";
import { test } from "node:test";
import { AGENTS, CONCIERGE } from "../../agents.ts";

test("AUTH-03: the registry holds the ten agents that get a token, the concierge among them", () => {
  assert.deepEqual(
    AGENTS.map((agent) => agent.agentId),
    ["basquiat", "cfo", "concierge", "hermes", "imhotep", "maintainer", "piccolo", "r2d2", "shuri", "thot"],
  );
  assert.equal(AGENTS.filter((agent) => agent.agentId === CONCIERGE).length, 1);
});

test("OPENCLAW-10: imhotep is OpenClaw's builder, and hermes its messenger", () => {
  const openclawIds = Object.fromEntries(AGENTS.map((agent) => [agent.agentId, agent.openclawId]));
  assert.equal(openclawIds.imhotep, "builder");
  assert.equal(openclawIds.hermes, "messenger");
});

test("no two agents share a name of any kind, and each says in a line what it is good at", () => {
  for (const name of ["agentId", "openclawId", "displayName", "persona"] as const)
    assert.equal(new Set(AGENTS.map((agent) => agent[name])).size, AGENTS.length, name);
  for (const { persona } of AGENTS) assert.match(persona, /^\p{Lu}[^\n]{10,90}\.$/u);
});
