import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { parse } from "yaml";
import { listing } from "../../skills/plane-bridge/faces/mcp.ts";
import { inputSchema } from "../../skills/plane-bridge/faces/schema.ts";
import { skillDocument } from "../../skills/plane-bridge/skill.ts";
import { TOOLS } from "../../skills/plane-bridge/tools/index.ts";
import { BridgeHome } from "../support/bridgeHome.ts";

/** The table as a whole, as bytes of JSON: it is in the context of every agent at every turn. Only ever lowered. */
const LISTING_BYTES = 11_500;
/** The same for SKILL.md, which an agent reads when it works in Plane. */
const SKILL_BYTES = 11_900;

const CONCIERGE = listing({ isConcierge: true });
const document = skillDocument();
let home: BridgeHome;

before(async () => {
  // Nobody answers there, and what is tested here asks nobody.
  home = await BridgeHome.create("http://127.0.0.1:9", { imhotep: "plane_api_x" });
});
after(() => home.remove());

/** What SKILL.md says about a tool. */
function section(name: string): string {
  const [, text = ""] = document.split(`\n### ${name}\n`);
  return text.split("\n### ")[0] ?? "";
}

test("OPENCLAW-01: the eight functions of the requirements are in the table", () => {
  const required = [
    ...["list_my_tasks", "get_task_details", "update_task_status", "add_comment"],
    ...["start_timer", "stop_timer", "upload_deliverable", "create_task", "create_project"],
  ];
  const names: string[] = TOOLS.map(({ name }) => name);
  for (const name of required) assert.ok(names.includes(`plane_${name}`), name);
});

test("OPENCLAW-UPG-13: SKILL.md starts with front matter of one line a value, which YAML reads the same", () => {
  const [, front = ""] = document.split("---\n");
  const lines = front.trim().split("\n");
  const byLine = Object.fromEntries(lines.map((line) => line.split(/: (.*)/s).slice(0, 2)));
  assert.deepEqual(Object.keys(byLine), ["name", "description", "metadata"]);
  assert.equal(byLine["name"], "plane-bridge");
  const metadata = { openclaw: { requires: { config: ["plugins.entries.plane-bridge.enabled"] } } };
  assert.deepEqual(JSON.parse(byLine["metadata"]), metadata);
  assert.deepEqual(parse(front), { ...byLine, metadata });
});

for (const tool of TOOLS) {
  const { properties, required = [] } = inputSchema(tool);

  test(`OPENCLAW-01: SKILL.md says of ${tool.name} who may call it and what it takes`, () => {
    const text = section(tool.name);
    assert.ok(text.includes(`\`${tool.name.replace("_", ".")}\``));
    assert.ok(text.includes(tool.description));
    assert.equal(text.includes("concierge only"), tool.callers === "concierge");
    for (const name of Object.keys(properties)) {
      const [row] = new RegExp(`^\\| \`${name}(\\[\\])?\` \\|.*$`, "m").exec(text) ?? [];
      assert.ok(row, `${name} has no row`);
      assert.equal(row.includes("; required"), required.includes(name), row);
    }
  });

  test(`OPENCLAW-01: the example of ${tool.name} in SKILL.md is one that the tool takes`, () => {
    const [, example = ""] = /```json\n(.*)\n```/.exec(section(tool.name)) ?? [];
    assert.deepEqual(JSON.parse(example), tool.example);
    tool.input.parse(JSON.parse(example));
  });

  test(`OPENCLAW-01: MCP lists ${tool.name} with its schema and what it does to Plane`, () => {
    const listed = CONCIERGE.find(({ name }) => name === tool.name);
    assert.deepEqual(listed, {
      name: tool.name,
      title: tool.title,
      description: tool.description,
      inputSchema: inputSchema(tool),
      annotations: {
        readOnlyHint: tool.readOnly,
        idempotentHint: tool.idempotent,
        destructiveHint: false,
        openWorldHint: false,
      },
    });
  });

  test(`OPENCLAW-01: the command line has ${tool.name}, by both names, with an option for all that it takes`, async () => {
    const short = tool.name.replace("plane_", "").replaceAll("_", "-");
    const [byShort, byName] = await Promise.all(
      [short, tool.name].map((name) => home.run([name, "--help"], { agent: "imhotep" })),
    );
    assert.deepEqual(byName, byShort);
    assert.equal(byShort?.code, 0);
    for (const name of Object.keys(properties)) {
      assert.match(byShort?.stdout ?? "", new RegExp(`^  --${name.replaceAll("_", "-")} <`, "m"));
    }
  });
}

test("OPENCLAW-08: an agent is shown exactly the tools that it may call", () => {
  assert.deepEqual(
    listing({ isConcierge: false }).map(({ name }) => name),
    TOOLS.filter(({ callers }) => callers === "everyone").map(({ name }) => name),
  );
  assert.deepEqual(
    CONCIERGE.map(({ name }) => name),
    TOOLS.map(({ name }) => name),
  );
});

test("plane-bridge --help lists all tools with their titles", async () => {
  const { code, stdout } = await home.run(["--help"], { agent: "imhotep" });
  assert.equal(code, 0);
  for (const { name, title } of TOOLS) {
    assert.ok(stdout.includes(`|${name}`), name);
    assert.ok(stdout.replaceAll(/\s+/g, " ").includes(title), title);
  }
});

for (const [said, args, words] of [
  ["an unknown tool", ["list-my-task"], /unknown command.*\n\(Did you mean list-my-tasks\?\)\n+Next: /],
  [
    "an unknown option",
    ["get-task-details", "--task", "ONB-2"],
    /unknown option '--task'(.|\n)*Next: .*get-task-details --help/,
  ],
  ["a missing value", ["get-task-details"], /task_id(.|\n)*Next: /],
  [
    "a word that is not allowed",
    ["update-task-status", "--status", "finished"],
    /Allowed: todo, in_progress/,
  ],
  ["a number that is none", ["set-fields", "--confidence-score", "high"], /has to be a number/],
  ["JSON that is none", ["create-project", "--input", "{name"], /--input is no JSON(.|\n)*Next: /],
  ["JSON that is no object", ["create-project", "--input", "[]"], /has to be a JSON object/],
  ["nothing at all", [], /Usage: plane-bridge/],
] as const) {
  test(`${said} on the command line is wrong usage: 64, what is allowed, and nothing on stdout`, async () => {
    const { code, stdout, stderr } = await home.run([...args], { agent: "imhotep" });
    assert.equal(code, 64, stderr);
    assert.equal(stdout, "");
    assert.match(stderr, words);
    assert.doesNotMatch(stderr, /^ +at /m);
  });
}

test("the listing of all tools and SKILL.md do not grow", (context) => {
  const bytes = Buffer.byteLength(JSON.stringify(CONCIERGE));
  const skill = Buffer.byteLength(document);
  context.diagnostic(
    `listing: ${bytes} bytes, about ${Math.ceil(bytes / 4)} tokens; SKILL.md: ${skill} bytes`,
  );
  assert.ok(bytes <= LISTING_BYTES, `${bytes} bytes`);
  assert.ok(skill <= SKILL_BYTES, `${skill} bytes`);
});
