import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { TestStack } from "../support/stack.ts";

const SNAPSHOT = fileURLToPath(new URL("./urns.snapshot.txt", import.meta.url));
let stack: TestStack;

before(async () => {
  stack = await TestStack.create("snapshot", {
    "platform:prefix": "snapshot",
    "platform:httpPort": "18084",
    "platform:subnetPrefix": "10.231",
    "agents:bridge": "true",
  });
});

after(() => stack.dispose());

test("no resource changes its URN: a renamed one would be deleted and made again unless it has an alias", async () => {
  const { code, text } = await stack.preview("--json");
  assert.equal(code, 0, text);
  const { steps } = JSON.parse(text.slice(text.indexOf("{"))) as { steps: { urn: string }[] };
  const urns = `${steps
    .map(({ urn }) => urn)
    .sort()
    .join("\n")}\n`;
  if (process.env.PLANE_OPS_UPDATE_SNAPSHOT) writeFileSync(SNAPSHOT, urns);
  assert.equal(
    urns,
    readFileSync(SNAPSHOT, "utf8"),
    "if it is meant: PLANE_OPS_UPDATE_SNAPSHOT=1 npm test -- tests/engine/urns.test.ts",
  );
});
