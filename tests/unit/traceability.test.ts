import assert from "node:assert/strict";
import { test } from "node:test";
import {
  currentTraceability,
  requirementIds,
  traceability,
  writtenTraceability,
} from "../../scripts/traceability.ts";

test("there are 61 requirements", () => {
  assert.equal(requirementIds().length, 61);
});

test("a requirement is proven by a test's title, not by a mention elsewhere in the file", () => {
  const [named, mentioned] = requirementIds();
  const text = traceability(
    { "a.test.ts": `test("${named}: three containers", () => {}); // ${mentioned}` },
    {},
  );
  assert.match(text, /Proven by a test: 1 of 61/);
  assert.match(text, /INFRA-01: three containers \(`a\.test\.ts`\)/);
  assert.match(text, /Without a test so far: INFRA-02,/);
});

test("an id is not found inside a longer one", () => {
  const longer = `OPENCLAW-UPG-${"01"}`;
  const text = traceability({ "a.test.ts": `test("${longer}: pinned", () => {});` }, {});
  assert.match(text, /Proven by a test: 1 of 61/);
});

test("docs/traceability.md is what npm run traceability writes now", () => {
  assert.equal(writtenTraceability(), currentTraceability(), "stale: run npm run traceability");
});
