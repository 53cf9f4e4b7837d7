import assert from "node:assert/strict";
import { test } from "node:test";
import { AGENTS } from "../../agents.ts";
import { FIELDS, type Fields, fieldProblem, labelsOf } from "../../plane/fields/declarations.ts";
import { readFields } from "../../plane/fields/read.ts";
import { InvalidFields, writeFields } from "../../plane/fields/write.ts";

const SESSION = "openclaw-session-0d9c3a52-6f0b-4c7e-9a54-3d2f1b8e7c60";
const FOUR: Fields = {
  agent_id: "imhotep",
  cost_estimate: 12.5,
  confidence_score: 0.8,
  session_id: SESSION,
};
const BLOCK =
  '<pre><code class="language-yaml"># plane-ops\nagent_id: imhotep\ncost_estimate: 12.5\n' +
  `confidence_score: 0.8\nsession_id: ${SESSION}\n</code></pre>`;

/** A block out of its lines, as the writer makes it. */
const block = (...lines: string[]) =>
  `<pre><code class="language-yaml">${["# plane-ops", ...lines].map((line) => `${line}\n`).join("")}</code></pre>`;

/** Reads a block that has to be fine. */
function fieldsOf(html: string): Fields {
  const { fields, problems, found } = readFields(html);
  assert.deepEqual(problems, [], html);
  assert.equal(found, true, html);
  return fields;
}

const messagesOf = (html: string) => readFields(html).problems.map((problem) => problem.message);

test("PROV-04: the four fields are written as one block at the end of the description", () => {
  assert.equal(writeFields("<p>Réparer le VPN</p>", FOUR), `<p>Réparer le VPN</p>${BLOCK}`);
  assert.deepEqual(fieldsOf(`<p>Réparer le VPN</p>${BLOCK}`), FOUR);
});

test("PROV-04: a description without block, an empty one and none at all have no fields", () => {
  for (const html of ["<p>plane-ops est utile</p>", "", null, undefined])
    assert.deepEqual(readFields(html), { fields: {}, problems: [], found: false });
});

test("OPENCLAW-10: every agent's short name is a value of agent_id, and its label mirrors it", () => {
  for (const { agentId } of AGENTS) {
    assert.deepEqual(fieldsOf(writeFields("", { agent_id: agentId })), { agent_id: agentId });
    assert.deepEqual(labelsOf({ agent_id: agentId }), [`agent:${agentId}`]);
  }
});

test("OPENCLAW-10: an agent_id typed as a display name or a mention is the short name", () => {
  for (const typed of ["Imhotep", "@imhotep", "IMHOTEP", "“imhotep”", "'imhotep',"])
    assert.deepEqual(fieldsOf(block(`agent_id: ${typed}`)), { agent_id: "imhotep" }, typed);
});

test("OPENCLAW-11: a cost may be typed the French way", () => {
  const costs = {
    "12,5": 12.5,
    "1 250,50": 1250.5,
    "1&nbsp;250": 1250,
    "$12.5": 12.5,
    "3 $": 3,
    "0,125": 0.125,
  };
  for (const [typed, cost] of Object.entries(costs))
    assert.deepEqual(fieldsOf(block(`cost_estimate: ${typed}`)), { cost_estimate: cost }, typed);
});

test("OPENCLAW-11: a cost that is none is reported with what was found and what is allowed", () => {
  for (const typed of ["beaucoup", "-1", "1,250", "12 €", ".inf", "0x10", "1.2.3"]) {
    const { fields, problems } = readFields(block(`cost_estimate: ${typed}`));
    assert.deepEqual(fields, {});
    assert.deepEqual(problems, [
      {
        field: "cost_estimate",
        found: typed,
        allowed: FIELDS.cost_estimate.allowed,
        message: `Champ « cost_estimate » : « ${typed} » trouvé ; valeur attendue : un nombre à partir de 0 (en dollars), par exemple 12.5.`,
      },
    ]);
  }
});

test("OPENCLAW-12: a confidence is a number from 0 to 1, both included", () => {
  for (const score of [0, 0.69, 1])
    assert.deepEqual(fieldsOf(writeFields("", { confidence_score: score })), { confidence_score: score });
  for (const typed of ["1.01", "-0.1", "80 %", "haute"])
    assert.equal(
      readFields(block(`confidence_score: ${typed}`)).problems[0]?.field,
      "confidence_score",
      typed,
    );
});

test("OPENCLAW-12: a confidence below 0.7 asks for review, 0.7 and none do not", () => {
  assert.deepEqual(labelsOf({ confidence_score: 0.69, agent_id: "thot" }), ["agent:thot", "review"]);
  assert.deepEqual(labelsOf({ confidence_score: 0.7 }), []);
  assert.deepEqual(labelsOf({}), []);
});

test("OPENCLAW-13: a session is openclaw-session- and a UUID, and anything else is reported", () => {
  assert.deepEqual(fieldsOf(block(`session_id: ${SESSION.toUpperCase()}`)), { session_id: SESSION });
  for (const typed of ["openclaw-session-1", SESSION.slice(17), `${SESSION}0`])
    assert.equal(readFields(block(`session_id: ${typed}`)).problems[0]?.field, "session_id", typed);
});

test("a value that is not allowed is refused before anything is written, all of them in one error", () => {
  assert.throws(
    () => writeFields("<p>x</p>", { agent_id: "Im Hotep", cost_estimate: -1, confidence_score: Number.NaN }),
    (error) =>
      error instanceof InvalidFields && error.problems.length === 3 && /Im Hotep/.test(error.message),
  );
  assert.throws(() => writeFields("", { urgence: 1 } as never), /« urgence » inconnu/);
  assert.equal(fieldProblem("cost_estimate", 3), undefined);
  assert.match(fieldProblem("cost_estimate", "3") ?? "", /un nombre à partir de 0/);
});

test("changing a field changes its line, and no other byte of the description", () => {
  const html = `<p>avant</p>${block("agent_id: imhotep", "story_points: 12", "# à voir", "??")}<p>après</p>`;
  assert.equal(
    writeFields(html, { agent_id: "thot", cost_estimate: 3 }),
    html.replace("agent_id: imhotep\n", "agent_id: thot\ncost_estimate: 3\n"),
  );
});

test("null and undefined clear a field; the last one leaves the block's first line", () => {
  const html = `<p>a</p>${BLOCK}`;
  assert.deepEqual(fieldsOf(writeFields(html, { agent_id: null, session_id: undefined })), {
    cost_estimate: 12.5,
    confidence_score: 0.8,
  });
  const none = { agent_id: null, cost_estimate: null, confidence_score: null, session_id: null };
  assert.equal(writeFields(html, none), `<p>a</p>${block()}`);
  assert.equal(writeFields("<p>a</p>", none), "<p>a</p>");
});

test("what people do to the block reads the same", () => {
  const wanted = { agent_id: "imhotep", cost_estimate: 12.5 };
  const same = [
    "<pre>#plane-ops\nagent_id: imhotep\ncost_estimate: 12.5</pre>",
    "<pre>plane-ops\nagent_id: imhotep\ncost_estimate: 12.5</pre>",
    "<pre># plane-ops (ne pas effacer)\ncost_estimate = 12.5\nagent_id: imhotep</pre>",
    "<pre><code># plane-ops\n\n  AGENT_ID : Imhotep # le bâtisseur\n\n  Cost_Estimate:&nbsp;12,5\n</code></pre>",
    '<pre class="x"><code class="language-js"># plane-ops<br>agent_id: "imhotep"<br/>cost_estimate: \'12.5\'</code></pre>',
    "<div><pre><div># plane-ops</div><div>agent_id: <b>im</b>hotep</div><div>cost_estimate: 12&#46;5</div></pre></div>",
    "<pre># plane-ops\r\n- agent_id: imhotep\r\n- cost_estimate: 12.5</pre>",
    "<pre># plane-ops\n```yaml\nagent_id: imhotep\ncost-estimate: 12.5\n```</pre>",
    "<pre># plane-ops\nagent\\_id: imhotep\ncost estimate: 12.5\n</pre>",
    "<pre># plane-ops agent_id: imhotep cost_estimate: 12.5</pre>",
    "<pre># plane-ops\n{agent_id: imhotep, cost_estimate: 12.5}</pre>",
    "<p># plane-ops</p><p>agent_id: imhotep</p><p></p><p>cost_estimate: 12.5</p>",
    "<h1>plane-ops</h1><p>agent_id: imhotep<br>cost_estimate: 12.5</p>",
    "<p><code># plane-ops\nagent_id: imhotep\ncost_estimate: 12.5</code></p>",
  ];
  for (const html of same) assert.deepEqual(fieldsOf(`<p>avant</p>${html}<p>après</p>`), wanted, html);
});

test("a changed block keeps the shape that people gave it", () => {
  const changes = { agent_id: "thot", session_id: SESSION };
  assert.equal(
    writeFields("<p># plane-ops</p><p>agent_id: imhotep</p><p>fin</p>", changes),
    `<p># plane-ops</p><p>agent_id: thot<br>session_id: ${SESSION}</p><p>fin</p>`,
  );
  assert.equal(
    writeFields("<pre># plane-ops<br>  Agent_ID: <b>Im</b>hotep # à confirmer<br></pre>", changes),
    `<pre># plane-ops<br>  agent_id: thot # à confirmer <b></b><br>session_id: ${SESSION}<br></pre>`,
  );
});

test("a value that is already there is not written again, however it is spelt", () => {
  const html = "<pre>#plane-ops\nAGENT_ID : “Imhotep”\ncost_estimate: 12,5</pre>";
  assert.equal(writeFields(html, { agent_id: "imhotep", cost_estimate: 12.5 }), html);
});

test("of two blocks the last counts, which is reported, and the first stays as it is", () => {
  const html = `${block("agent_id: thot")}<p>x</p>${block("agent_id: imhotep")}`;
  const { fields, problems } = readFields(html);
  assert.deepEqual(fields, { agent_id: "imhotep" });
  assert.match(problems[0]?.message ?? "", /2 blocs plane-ops trouvés .* Seul le dernier compte/);
  assert.equal(writeFields(html, { agent_id: "cfo" }), html.replace("imhotep", "cfo"));
});

test("of two lines of one field the last readable one counts, which is reported until the field is written", () => {
  const html = block("agent_id: thot", "agent_id: imhotep", "agent_id: ???");
  const { fields, problems } = readFields(html);
  assert.deepEqual(fields, { agent_id: "imhotep" });
  assert.equal(problems.length, 2);
  assert.equal(writeFields(html, { agent_id: "cfo" }), block("agent_id: cfo"));
  assert.equal(writeFields(html, { agent_id: null }), block());
});

test("a block that lost its first line is read when two fields show what it is, and gets the line back", () => {
  const html = "<pre>agent_id: thot\ncost_estimate: 2</pre>";
  assert.deepEqual(readFields(html).fields, { agent_id: "thot", cost_estimate: 2 });
  assert.match(messagesOf(html)[0] ?? "", /sans sa première ligne/);
  assert.equal(
    writeFields(html, { cost_estimate: 3 }),
    "<pre># plane-ops\nagent_id: thot\ncost_estimate: 3</pre>",
  );
});

test("one field alone in some code is no block, but is pointed out", () => {
  const { fields, problems, found } = readFields("<pre>agent_id: thot</pre>");
  assert.deepEqual([fields, found], [{}, false]);
  assert.match(problems[0]?.message ?? "", /« agent_id: thot » est hors du bloc plane-ops/);
});

test("a line that cannot be read is reported and stays while other fields are written", () => {
  const lines = ["confidence_score 0.5", "cost_estimat: 4", "agent_id: x y"];
  const html = block(...lines);
  const messages = messagesOf(html).join("\n");
  assert.match(messages, /Ligne illisible dans le bloc plane-ops : « confidence_score 0.5 »/);
  assert.match(
    messages,
    /Nom de champ inconnu : « cost_estimat: 4 » ; attendu : le nom de champ « cost_estimate »/,
  );
  assert.match(messages, /Champ « agent_id » : « x y » trouvé/);
  const written = writeFields(html, { session_id: SESSION });
  for (const line of lines) assert.ok(written.includes(`${line}\n`), line);
});

test("YAML below a name that is not ours stays whole and sets no field", () => {
  const html = block(
    "history:",
    "  agent_id: thot",
    "- un",
    "notes: |",
    "  cost_estimate: 3",
    "agent_id: cfo",
  );
  const { fields, problems } = readFields(html);
  assert.deepEqual(fields, { agent_id: "cfo" });
  assert.deepEqual(
    problems.map((problem) => [problem.field, problem.found]),
    [["cost_estimate", "cost_estimate: 3"]],
  );
  assert.equal(writeFields(html, { agent_id: null }), html.replace("agent_id: cfo\n", ""));
});

test("a name that YAML takes for something else is quoted and reads back", () => {
  for (const agentId of ["null", "true", "no", "y"])
    assert.deepEqual(fieldsOf(writeFields("", { agent_id: agentId })), { agent_id: agentId });
  assert.deepEqual(fieldsOf(block("agent_id:", "cost_estimate: ~", "session_id: null")), {});
});

test("HTML that ends inside a comment or a tag gets the block at its start", () => {
  for (const html of ["<p>a</p><!-- b", '<a href="', "<textarea>x", "<style>"]) {
    const written = writeFields(html, FOUR);
    assert.equal(written, BLOCK + html);
    assert.deepEqual(fieldsOf(written), FOUR);
  }
});

test("100,000 nested elements are read without running out of stack", () => {
  assert.equal(readFields("<i>".repeat(100_000) + BLOCK).found, true);
});

test("a description of a million characters is read to its end, whatever is in it", () => {
  // With steps that grow with the square of the length this would not end before the runner gives the file up.
  const parts = ["agent_id: x ", "x agent_id: ", " ", "a ", "\n#", "&nbsp;", "<br>", "<p>agent_id: ?</p>"];
  for (const part of [...parts, "<pre># plane-ops\nagent_id: x\n</pre>"]) {
    const long = `<p>plane-ops ${part.repeat(1_000_000 / part.length)}</p>`;
    assert.equal(readFields(`${long}<pre># plane-ops\nagent_id: thot\n</pre>`).fields.agent_id, "thot", part);
  }
});
