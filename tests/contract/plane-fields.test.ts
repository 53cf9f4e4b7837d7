// Runs beside others: its servers have ports and folders of their own.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import type { Fields } from "../../plane/fields/declarations.ts";
import { readFields } from "../../plane/fields/read.ts";
import { writeFields } from "../../plane/fields/write.ts";

/** What Plane 1.3.1 made of a description: recorded. */
interface RoundTrip {
  sent: string;
  status: number;
  stored: string;
}

const recorded = (
  JSON.parse(readFileSync(new URL("plane/html-roundtrip.json", import.meta.url), "utf8")) as RoundTrip[]
).filter(({ status }) => status === 200);

const FIELDS: Fields = {
  agent_id: "imhotep",
  cost_estimate: 12.5,
  confidence_score: 0.8,
  session_id: "openclaw-session-0d9c3a52-6f0b-4c7e-9a54-3d2f1b8e7c60",
};
const BLOCK = writeFields("", FIELDS);

test("PROV-04: Plane keeps the markup of the block as it is", () => {
  const [tags] = /^<pre><code class="language-yaml">/.exec(BLOCK) ?? [];
  const kept = recorded.find(({ sent }) => tags !== undefined && sent.startsWith(tags));
  assert.equal(kept?.stored, kept?.sent);
  assert.ok(kept?.stored.endsWith("\n</code></pre>"));
});

test("PROV-04: a block is read from everything that Plane makes of a description around it", () => {
  // As recorded for two roots: Plane puts them into a <div>, and leaves a description of one root alone.
  const wrapped = recorded.find(({ sent }) => sent === "<p>a</p><p>b</p>");
  assert.equal(wrapped?.stored, "<div><p>a</p><p>b</p></div>");
  for (const { stored } of recorded) {
    const inner = stored.replace(/^<div>([^]*)<\/div>$/, "$1");
    const html = `<div>${inner}${BLOCK}</div>`;
    assert.deepEqual(readFields(html), { fields: FIELDS, problems: [], found: true });
    assert.equal(
      writeFields(html, { agent_id: "thot" }),
      `<div>${inner}${BLOCK.replace("imhotep", "thot")}</div>`,
    );
  }
});

test("PROV-04: a block is added to every description that Plane stores, and all of the rest is sent back as it came", () => {
  for (const { stored } of recorded) {
    assert.equal(readFields(stored).found, false);
    assert.equal(writeFields(stored, FIELDS), stored + BLOCK);
    assert.equal(writeFields(stored, {}), stored);
    assert.equal(writeFields(stored, { agent_id: null }), stored);
  }
});

test("PROV-04: clearing every field never leaves the empty description that Plane refuses", () => {
  const cleared = writeFields(BLOCK, {
    agent_id: null,
    cost_estimate: null,
    confidence_score: null,
    session_id: null,
  });
  assert.match(cleared, /# plane-ops/);
});
