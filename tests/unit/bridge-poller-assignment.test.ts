import assert from "node:assert/strict";
import { suite, test } from "node:test";
import fc from "fast-check";
import { type Decision, decide, type Naming } from "../../skills/plane-bridge/core/assignment.ts";

const AGENTS = ["imhotep", "thot", "cfo"];
const isAgent = (name: string) => AGENTS.includes(name);

function all(name: string | null): Naming {
  const list = name === null ? [] : [name];
  return { block: name, labels: list, native: list };
}

function assign(agent: string | null, from: string | null): Decision {
  return { kind: "assign", agent, from };
}

const ASK: Decision = { kind: "ask" };

/** Both of a task that was seen in agreement before, and of one that nobody knows anything of. */
function expect(naming: Naming, before: string | null, expected: Decision): void {
  assert.deepEqual(decide(naming, before, isAgent), expected);
  assert.deepEqual(decide(naming, undefined, isAgent), expected);
}

suite("whose a task is", () => {
  test("OPENCLAW-10: a native assignee alone fills the field and the label", () => {
    expect({ ...all(null), native: ["thot"] }, null, assign("thot", null));
  });

  test("OPENCLAW-10: of the three places the one that a person changed wins", () => {
    expect({ ...all("imhotep"), native: ["thot"] }, "imhotep", assign("thot", "imhotep"));
    expect({ ...all("imhotep"), block: "thot" }, "imhotep", assign("thot", "imhotep"));
    expect({ ...all("imhotep"), labels: ["thot"] }, "imhotep", assign("thot", "imhotep"));
    expect({ ...all("imhotep"), labels: ["imhotep", "thot"] }, "imhotep", assign("thot", "imhotep"));
  });

  test("of several native agents the first assigned has the task", () => {
    expect({ ...all(null), native: ["thot", "cfo"] }, null, assign("thot", null));
    expect({ ...all("imhotep"), native: ["thot", "cfo"] }, "imhotep", assign("thot", "imhotep"));
  });

  test("an agent that is assigned beside the task's own changes nothing", () => {
    const naming = { ...all("imhotep"), native: ["imhotep", "cfo"] };
    expect(naming, "imhotep", { kind: "settled", agent: "imhotep" });
  });

  test("a native assignee that was taken off leaves the task to nobody", () => {
    expect({ ...all("imhotep"), native: [] }, "imhotep", assign(null, "imhotep"));
  });

  test("a block or a label that is gone is put back", () => {
    expect({ ...all("imhotep"), block: null }, "imhotep", assign("imhotep", "imhotep"));
    expect({ ...all("imhotep"), labels: [] }, "imhotep", assign("imhotep", "imhotep"));
  });

  test("a block alone or a label alone assigns a task that was nobody's", () => {
    expect({ ...all(null), block: "cfo" }, null, assign("cfo", null));
    expect({ ...all(null), labels: ["cfo"] }, null, assign("cfo", null));
  });

  test("three places that say three things are for a person to decide", () => {
    expect({ block: "imhotep", labels: ["thot"], native: ["cfo"] }, null, ASK);
    assert.deepEqual(decide({ block: null, labels: ["thot"], native: ["cfo"] }, undefined, isAgent), ASK);
  });

  test("two places that a person changed alike win over the third, whatever the count says", () => {
    const naming = { block: "imhotep", labels: ["thot"], native: ["thot"] };
    assert.deepEqual(decide(naming, "imhotep", isAgent), assign("thot", "imhotep"));
    const typed = { block: "thot", labels: ["thot"], native: [] };
    assert.deepEqual(decide(typed, null, isAgent), assign("thot", null));
  });

  test("a name that is no agent's is asked about where another place says otherwise", () => {
    expect({ ...all("imhotep"), block: "imhotp" }, "imhotep", ASK);
    expect({ ...all("imhotep"), labels: ["imhotp"] }, "imhotep", ASK);
  });

  test("a task of an agent that is no more stays as it is until a person assigns it", () => {
    const old = { block: "osiris", labels: ["osiris"], native: [] };
    expect(old, "osiris", { kind: "settled", agent: "osiris" });
    expect({ ...old, labels: [] }, "osiris", { kind: "settled", agent: "osiris" });
    expect({ ...old, native: ["thot"] }, "osiris", assign("thot", "osiris"));
  });
});

const name = fc.constantFrom(...AGENTS, "osiris");
const naming: fc.Arbitrary<Naming> = fc.record({
  block: fc.option(name),
  labels: fc.uniqueArray(name, { maxLength: 3 }),
  native: fc.uniqueArray(fc.constantFrom(...AGENTS), { maxLength: 3 }),
});
const before = fc.option(fc.option(name), { nil: undefined });

/** What the bridge leaves behind: all three places alike. */
function applied(naming: Naming, decision: Decision): Naming {
  return decision.kind === "assign" ? all(decision.agent) : naming;
}

test("OPENCLAW-10: a second look decides nothing, whatever was found", () => {
  fc.assert(
    fc.property(naming, before, (found, known) => {
      const decision = decide(found, known, isAgent);
      const next = applied(found, decision);
      const base = decision.kind === "ask" ? known : decision.agent;
      const again = decide(next, base, isAgent);
      assert.ok(again.kind !== "assign", JSON.stringify(again));
      assert.equal(again.kind, decision.kind === "ask" ? "ask" : "settled");
    }),
    { numRuns: 5000 },
  );
});

type Edit = { place: "block" | "labels" | "native"; agent: string };
const edit: fc.Arbitrary<Edit> = fc.record({
  place: fc.constantFrom("block" as const, "labels" as const, "native" as const),
  agent: fc.constantFrom(...AGENTS),
});

test("OPENCLAW-10: the latest agent that a person named is never lost: the task is that agent's, or somebody is asked", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(null, ...AGENTS),
      fc.array(edit, { minLength: 1, maxLength: 4 }),
      (owner, edits) => {
        const found = edits.reduce<Naming>(
          (naming, { place, agent }) => ({ ...naming, [place]: place === "block" ? agent : [agent] }),
          all(owner),
        );
        const latest = (edits.at(-1) as Edit).agent;
        const decision = decide(found, owner, isAgent);
        // Back to whose it was is no change that could be told from none.
        if (decision.kind !== "ask" && latest !== owner) assert.equal(decision.agent, latest);
      },
    ),
    { numRuns: 5000 },
  );
});

test("OPENCLAW-10: an unassignment is never undone: the task is nobody's, or somebody is asked", () => {
  fc.assert(
    fc.property(fc.constantFrom(...AGENTS), fc.option(name), fc.uniqueArray(name), (owner, block, labels) => {
      const decision = decide({ block, labels, native: [] }, owner, isAgent);
      if (decision.kind !== "ask") assert.equal(decision.agent, null);
    }),
    { numRuns: 5000 },
  );
});
