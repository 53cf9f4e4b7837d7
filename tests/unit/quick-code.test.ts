import assert from "node:assert/strict";
import { test } from "node:test";
import { quickCode } from "../../workflows/n8n/code.ts";

/** What an expression of `quickCode` gives out where the nodes before it gave this. */
function evaluated(nodes: Record<string, object[]>): unknown {
  const text = String(quickCode("Decided", "decide").parameters["jsonOutput"]);
  const [, expression] = /^={{([^]*)}}$/.exec(text) ?? [];
  assert.ok(expression !== undefined && !expression.includes("}}") && !expression.includes("`"));
  const look = (name: string) => ({
    isExecuted: name in nodes,
    all: () => (nodes[name] ?? []).map((json) => ({ json })),
  });
  return JSON.parse(String(new Function("$", `return ${expression}`)(look)));
}

test("a module gives the same as an expression, which n8n's parser can read", () => {
  const told = { messages: [], columns: null, relay: null, why: "it is not told", later: "" };
  const { messages: _, ...rest } = told;
  assert.deepEqual(evaluated({ In: [{ tries: 0 }], Told: [told] }), { rows: [], ...rest });
});

test("an expression that fails gives a text: n8n refuses it as an item, and the failure is told", () => {
  assert.match(String(evaluated({ In: [{ tries: 0 }], Told: [{}] })), /^TypeError: /);
});
