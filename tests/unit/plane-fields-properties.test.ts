import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { FIELD_NAMES, type FieldName, type Fields } from "../../plane/fields/declarations.ts";
import { readFields } from "../../plane/fields/read.ts";
import { writeFields } from "../../plane/fields/write.ts";

const values = {
  agent_id: fc.stringMatching(/^[a-z][a-z0-9]{0,9}(-[a-z0-9]{1,5})?$/),
  cost_estimate: fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }),
  confidence_score: fc.double({ min: 0, max: 1, noNaN: true }),
  session_id: fc.uuid().map((id) => `openclaw-session-${id}`),
  task_kind: fc.constantFrom("code", "document", "image", "research", "operation"),
  deliverable: fc.constantFrom("required", "optional"),
  time_spent_minutes: fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }),
  timer_started_at: fc
    .date({ min: new Date("2020-01-01"), max: new Date("2040-01-01"), noInvalidDate: true })
    .map((date) => date.toISOString()),
};
const fields: fc.Arbitrary<Fields> = fc.record(values, { requiredKeys: [], noNullPrototype: true });
const changes = fc.record(
  {
    agent_id: fc.option(values.agent_id),
    cost_estimate: fc.option(values.cost_estimate),
    confidence_score: fc.option(values.confidence_score),
    session_id: fc.option(values.session_id),
    task_kind: fc.option(values.task_kind),
    deliverable: fc.option(values.deliverable),
    time_spent_minutes: fc.option(values.time_spent_minutes),
    timer_started_at: fc.option(values.timer_started_at),
  },
  { requiredKeys: [], noNullPrototype: true },
);

/** HTML as people, editors and broken programs write it; without fields of its own. */
const anyHtml = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        ..."<p> </p> <div> </div> <pre> </pre> <code> </code> <br> <b> </i> <table><tr><td> </table> <ul><li> <select>".split(
          " ",
        ),
        ...[
          "<!-- ",
          " -->",
          "<script>",
          "</script>",
          "<textarea>",
          '<a href="',
          '">',
          "<svg><p>",
          "<math><mi>",
          "<col>",
        ],
        ...[
          "<template>",
          "</template>",
          "\n",
          "\r\n",
          "&nbsp;",
          "&amp",
          "&#10;",
          "é",
          "\0",
          "</",
          "<",
          "plane-ops ",
          "# x",
        ],
        ...[
          "note: x\n",
          "<plaintext>",
          "</body>",
          "<form>",
          "<button>",
          "<frameset>",
          "<h1>t</h1>",
          '<img src="x">',
        ],
      ),
      fc.string({ maxLength: 8 }),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(""));

/** HTML as Plane's sanitiser gives it back: every element closed. */
const cleanHtml = fc
  .array(
    fc.constantFrom(
      ...[
        "<p>texte</p>",
        "<p></p>",
        "<h2>Plane</h2>",
        "<p>a<br>b</p>",
        "<p>é &amp; &lt;x&gt; &nbsp;</p>",
        "<hr>",
      ],
      ...[
        "<ul><li><p>un</p></li></ul>",
        "<table><tbody><tr><td>1</td></tr></tbody></table>",
        '<img src="/a.png">',
      ],
      ...["<pre><code>x: 1\n</code></pre>", "<blockquote><p>cité</p></blockquote>", "<p># titre</p>"],
    ),
    { maxLength: 5 },
  )
  .map((parts) => parts.join(""));

function applied(before: Fields, change: object): Fields {
  return Object.fromEntries(
    Object.entries({ ...before, ...change }).filter(([, value]) => value !== null),
  ) as Fields;
}

test("PROV-04: whatever the description, fields that are written read back, and all the rest keeps every byte", () => {
  fc.assert(
    fc.property(anyHtml, fields, (html, wanted) => {
      const written = writeFields(html, wanted);
      // By chance it may hold a block already, which is then changed in its place.
      if (!readFields(html).found) assert.ok(written.startsWith(html) || written.endsWith(html));
      assert.deepEqual(readFields(written).fields, wanted);
    }),
    { numRuns: 500 },
  );
});

test("PROV-04: a change reaches the block and nothing around it", () => {
  fc.assert(
    fc.property(cleanHtml, fields, cleanHtml, changes, (before, first, after, change) => {
      const block = writeFields("", { agent_id: "x", ...first });
      const html = before + block + after;
      const written = writeFields(html, change);
      assert.ok(written.startsWith(before));
      assert.ok(written.endsWith(after));
      assert.deepEqual(readFields(written), {
        fields: applied({ agent_id: "x", ...first }, change),
        problems: [],
        found: true,
      });
    }),
  );
});

test("a change in HTML of any kind reads back, and a second time changes nothing", () => {
  fc.assert(
    fc.property(anyHtml, fields, anyHtml, changes, (before, first, after, change) => {
      const html = before + writeFields("", { agent_id: "x", ...first }) + after;
      const written = writeFields(html, change);
      assert.deepEqual(readFields(written).fields, applied(readFields(html).fields, change));
      assert.equal(writeFields(written, change), written);
      assert.equal(writeFields(html, {}), html);
    }),
    { numRuns: 500 },
  );
});

test("reading never fails, whatever the string", () => {
  fc.assert(
    fc.property(fc.oneof(anyHtml, fc.string({ unit: "binary" })), (html) => {
      const marked = `${html}plane-ops agent_id:${html}`;
      for (const { message } of readFields(marked).problems) assert.match(message, /\S/);
    }),
  );
});

/** One line of a block while it is edited; those with a name set that field. */
interface Row {
  name?: FieldName;
  before: string;
  key: string;
  colon: string;
  value: string;
  after: string;
}
type Edit = (rows: Row[], at: number) => Row[];

const line = (key: string): Row => ({ before: "", key, colon: "", value: "", after: "" });
const textOf = ({ before, key, colon, value, after }: Row) => before + key + colon + value + after;
const isMarker = ({ key }: Row) => key.includes("plane-ops");

/** Changes the row of a field. */
const edit =
  (change: (row: Row) => Partial<Row>): Edit =>
  (rows, at) =>
    rows.map((row, index) => (index === at && row.name ? { ...row, ...change(row) } : row));
const colon = (text: string) => edit(() => ({ colon: text }));
const key = (change: (key: string) => string) => edit((row) => ({ key: change(row.key) }));
const value = (change: (value: string) => string) => edit((row) => ({ value: change(row.value) }));
const quotes = (open: string, close: string) =>
  edit(({ value }) => (value.includes(" ") ? {} : { value: open + value + close }));
const marker =
  (text: string): Edit =>
  (rows) =>
    rows.map((row) => (isMarker(row) ? line(text) : row));
const add =
  (text: string): Edit =>
  (rows, at) => [...rows.slice(0, at), line(text), ...rows.slice(at)];

/** Edits after which the values are the same. */
const harmless: Edit[] = [
  edit(() => ({ before: "  ", after: "  " })),
  edit(() => ({ before: "\t" })),
  edit(() => ({ before: "- " })),
  edit(() => ({ before: "\u200b" })),
  edit(() => ({ after: " # vu" })),
  edit(() => ({ after: "," })),
  colon(" : "),
  colon(":"),
  colon(":&nbsp;"),
  colon(" = "),
  colon("："),
  key((text) => text.toUpperCase()),
  key((text) => text.replace("_", "-")),
  key((text) => text.replace("_", " ")),
  key((text) => text.replace("_", "")),
  key((text) => text.replace(/e/, "&#101;")),
  key((text) => text.replace(/_/, "<b>_</b>")),
  value((text) => text.replace(/^(\d+)\.(\d+)$/, "$1,$2")),
  value((text) => text.replace(/-/, "&#45;")),
  quotes('"', '"'),
  quotes("'", "'"),
  quotes("“", "”"),
  quotes("« ", "&nbsp;»"),
  marker("#plane-ops"),
  marker("plane-ops"),
  marker("&nbsp;#&nbsp;plane-ops"),
  add(""),
  add("# une remarque"),
  add("story_points: 12"),
  (rows, at) => [...rows.slice(at), ...rows.slice(0, at)],
];

/** Edits that break a line, or where it stands. */
const harmful: Edit[] = [
  colon(" "),
  key((text) => text.slice(1)),
  key((text) => `${text}_usd`),
  value((text) => `${text} ou bien`),
  value(() => "n'importe quoi"),
  (rows, at) =>
    rows[at]?.name ? rows.toSpliced(at, 1, line("autre:"), { ...rows[at], before: "      " }) : rows,
  (rows) => rows.filter((row) => !isMarker(row)),
];

/** Ways in which an editor keeps the rows. */
const shapes: ((rows: string[]) => string)[] = [
  (rows) => `<pre><code class="language-yaml">${rows.join("\n")}\n</code></pre>`,
  (rows) => `<pre><code>${rows.join("\n")}</code></pre>`,
  (rows) => `<pre>\n${rows.join("\r\n")}</pre>`,
  (rows) => `<pre class="x"><code class="language-js">${rows.join("<br>")}</code></pre>`,
  (rows) => `<pre>${rows.map((row) => `<div>${row}</div>`).join("")}</pre>`,
  (rows) => `<div><pre><code>${rows.map((row) => `<span>${row}</span>`).join("\n")}</code></pre></div>`,
];
const paragraphs = (rows: string[]) => rows.map((row) => `<p>${row}</p>`).join("");

const edited = (edits: readonly Edit[], allShapes: typeof shapes) =>
  fc.record({
    wanted: fc.record(
      {
        ...values,
        // A comma in 1e-7 or 1,250 is another matter.
        cost_estimate: fc.integer({ min: 0, max: 99_999 }).map((cents) => cents / 100),
        confidence_score: fc.integer({ min: 0, max: 100 }).map((cents) => cents / 100),
      },
      { noNullPrototype: true },
    ),
    steps: fc.array(fc.tuple(fc.constantFrom(...edits), fc.integer({ min: 1, max: 6 })), { maxLength: 5 }),
    shape: fc.constantFrom(...allShapes),
    before: cleanHtml,
    after: cleanHtml,
  });

function rowsOf(wanted: Fields, steps: [Edit, number][]): Row[] {
  const rows: Row[] = [
    line("# plane-ops"),
    ...FIELD_NAMES.map((name) => ({ ...line(name), name, colon: ": ", value: String(wanted[name]) })),
  ];
  return steps.reduce((result, [change, at]) => change(result, at), rows);
}

test("PROV-04: what people and editors do to a block leaves its values", () => {
  fc.assert(
    fc.property(edited(harmless, shapes), ({ wanted, steps, shape, before, after }) => {
      const html = before + shape(rowsOf(wanted, steps).map(textOf)) + after;
      assert.deepEqual(readFields(html), { fields: wanted, problems: [], found: true }, html);
    }),
    { numRuns: 500 },
  );
});

test("PROV-04: a block that the editor turned into paragraphs has its values", () => {
  const inPlace = harmless.slice(0, -4);
  fc.assert(
    fc.property(edited(inPlace, [paragraphs]), changes, ({ wanted, steps, shape, before, after }, change) => {
      const html = before + shape(rowsOf(wanted, steps).map(textOf)) + after;
      assert.deepEqual(readFields(html), { fields: wanted, problems: [], found: true }, html);
      const written = writeFields(html, change);
      assert.deepEqual(readFields(written).fields, applied(wanted, change), written);
    }),
    { numRuns: 500 },
  );
});

const blow = fc.tuple(fc.constantFrom(...harmful), fc.integer({ min: 0, max: 8 }));
const bare = (text: string) => text.replaceAll("&#45;", "-").replace(/&nbsp;|[^a-z0-9,.-]/gi, "");

test("PROV-04: what breaks a line is reported, and the line outlives a change of other fields", () => {
  fc.assert(
    fc.property(edited(harmless, shapes), blow, ({ wanted, steps, shape, before, after }, last) => {
      const rows = rowsOf(wanted, [...steps, last]);
      const html = before + shape(rows.map(textOf)) + after;
      const { fields: read, problems } = readFields(html);
      const unnamed = problems.filter(({ field }) => !field).map(({ found }) => found);
      for (const name of FIELD_NAMES) {
        if (read[name] === wanted[name]) continue;
        assert.equal(read[name], undefined, html);
        const named = problems.some(({ field }) => field === name);
        const { value } = rows.find((row) => row.name === name)!;
        const shown = unnamed.some((found) => bare(found).includes(bare(value)));
        assert.ok(named || shown, `${name} is lost without a word in ${html}`);
      }

      const written = writeFields(html, { agent_id: "cfo" });
      assert.equal(readFields(written).fields.agent_id, "cfo");
      for (const row of rows) if (row.name !== "agent_id") assert.ok(written.includes(textOf(row)), written);
    }),
    { numRuns: 500 },
  );
});
