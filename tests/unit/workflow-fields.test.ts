import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Fields } from "../../plane/fields/declarations.ts";
import { readFields } from "../../plane/fields/read.ts";
import { writeFields } from "../../plane/fields/write.ts";
import { fieldsOf } from "../../workflows/workspace/fields.ts";
import { anyText } from "../support/anyText.ts";

const fields: fc.Arbitrary<Fields> = fc.record(
  {
    agent_id: fc.stringMatching(/^[a-z][a-z0-9]{0,9}(-[a-z0-9]{1,5})?$/),
    cost_estimate: fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }),
    confidence_score: fc.double({ min: 0, max: 1, noNaN: true }),
    session_id: fc.uuid().map((id) => `openclaw-session-${id}`),
    task_kind: fc.constantFrom("code", "document"),
    deliverable: fc.constantFrom("required", "optional"),
    time_spent_minutes: fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }),
    timer_started_at: fc
      .date({ min: new Date("2020-01-01"), max: new Date("2040-01-01"), noInvalidDate: true })
      .map((date) => date.toISOString()),
  },
  { requiredKeys: [], noNullPrototype: true },
);
/** Prose around the block, as Plane's editor writes it. */
const prose = fc
  .array(
    fc.constantFrom(
      "<p>",
      "</p>",
      "<br>",
      "<ul><li>",
      "</li></ul>",
      "&amp;",
      "&lt;b&gt;",
      " ",
      "mot",
      "agent",
      "<h2>Titre</h2>",
      "<pre><code>let x = 1;</code></pre>",
    ),
  )
  .map((pieces) => pieces.join(""));

test("OPENCLAW-10: a Code node reads the same fields as the bridge, from what the bridge writes", () => {
  fc.assert(
    fc.property(prose, fields, (before, wanted) => {
      const html = writeFields(before, wanted);
      assert.deepEqual(fieldsOf(html), readFields(html).fields, html);
    }),
    { numRuns: 500 },
  );
});

test("OPENCLAW-10: a Code node reads the same fields as the bridge, from what people make of the block", () => {
  const blocks = [
    "<pre>#plane-ops\nagent_id: imhotep\ncost_estimate: 12.5</pre>",
    "<pre>plane-ops\nagent_id: imhotep\ncost_estimate: 12.5</pre>",
    "<pre># plane-ops (ne pas effacer)\ncost_estimate = 12.5\nagent_id: imhotep</pre>",
    "<pre><code># plane-ops\n\n  AGENT_ID : Imhotep # le bâtisseur\n\n  Cost_Estimate:&nbsp;12,5\n</code></pre>",
    '<pre class="x"><code># plane-ops<br>agent_id: "imhotep"<br/>cost_estimate: \'12.5\'</code></pre>',
    "<div><pre><div># plane-ops</div><div>agent_id: <b>im</b>hotep</div><div>cost_estimate: 12&#46;5</div></pre></div>",
    "<pre># plane-ops\r\n- agent_id: imhotep\r\n- cost_estimate: 12.5</pre>",
    "<pre># plane-ops\n```yaml\nagent_id: imhotep\ncost-estimate: 12.5\n```</pre>",
    "<pre># plane-ops\nagent\\_id: imhotep\ncost estimate: 12.5\n</pre>",
    "<pre># plane-ops agent_id: imhotep cost_estimate: 12.5</pre>",
    "<pre># plane-ops\n{agent_id: imhotep, cost_estimate: 12.5}</pre>",
    "<p># plane-ops</p><p>agent_id: imhotep</p><p></p><p>cost_estimate: 12.5</p>",
    "<h1>plane-ops</h1><p>agent_id: imhotep<br>cost_estimate: 12.5</p>",
    "<p><code># plane-ops\nagent_id: imhotep\ncost_estimate: 12.5</code></p>",
    "<pre># plane-ops\nagent_id: thot\nagent_id: imhotep\nagent_id: ???\ncost_estimate: 12.5</pre>",
    "<pre># plane-ops\nagent_id: thot</pre><p>x</p><pre># plane-ops\nagent_id: imhotep\ncost_estimate: 12.5</pre>",
    "<pre># plane-ops\nagent_id: “Imhotep”\ncost_estimate: $12.50</pre>",
  ];
  for (const block of blocks) {
    const html = `<p>avant</p>${block}<p>après</p>`;
    assert.deepEqual(fieldsOf(html), { agent_id: "imhotep", cost_estimate: 12.5 }, html);
    assert.deepEqual(fieldsOf(html), readFields(html).fields, html);
  }
});

test("OPENCLAW-10: a description without a block has no fields, whatever it holds", () => {
  for (const html of [
    null,
    "",
    "<p>plane-ops est utile</p>",
    "<p>agent_id: imhotep</p>",
    "&#99999999;<pre>",
  ]) {
    assert.deepEqual(fieldsOf(html), {});
  }
  fc.assert(
    fc.property(anyText(200), (html) => {
      fieldsOf(html);
    }),
  );
});

test("OPENCLAW-10: a description made to be slow is read in time", () => {
  const hostile = [
    "<".repeat(50_000),
    "&#".repeat(50_000),
    "<pre>".repeat(20_000),
    `# plane-ops ${"agent_id ".repeat(20_000)}`,
    "plane-ops ".repeat(10_000),
  ];
  for (const html of hostile) {
    const start = performance.now();
    fieldsOf(html);
    assert.ok(performance.now() - start < 5_000, html.slice(0, 20));
  }
});
