// Runs beside others: its servers have ports and folders of their own.
import "../support/quickRetries.ts";
import assert from "node:assert/strict";
import { chmodSync } from "node:fs";
import { after, before, test } from "node:test";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import type { CallToolResult } from "@modelcontextprotocol/sdk/types.js";
import { skillDocument } from "../../skills/plane-bridge/skill.ts";
import { TOOLS } from "../../skills/plane-bridge/tools/index.ts";
import { BridgeHome, tokensOf } from "../support/bridgeHome.ts";
import { InProcessEngine } from "../support/inProcessEngine.ts";
import { insidePlane } from "../support/insidePlane.ts";
import { PlaneServer } from "../support/planeServer.ts";

/** The smallest picture that is one. */
const PNG = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII=",
  "base64",
);
/** A deliverable's lasting address in a comment, with its size and checksum. */
const LINK = /<a href="https:\/\/work\.javisi\.test\/api\/assets\/v2\/[^"]+">(.*)<\/a> \(1 Ko, sha256 .*\)/;
const NOBODYS = "plane_api_00000000000000000000000000000000";

let server: PlaneServer;
let home: BridgeHome;
let tokens: Record<string, string>;
/** MCP clients by agent: each is a server of its own, as an editor or a desktop would start it. */
const clients = new Map<string, Client>();

before(async () => {
  server = await PlaneServer.start({ apiRateLimit: 100_000, storage: true });
  const engine = new InProcessEngine(await insidePlane(server.url));
  await engine.up();
  tokens = tokensOf(engine);
  home = await BridgeHome.create(server.url, tokens, { storeUrl: server.storageUrl });
});
after(async () => {
  await Promise.all([...clients.values()].map((client) => client.close()));
  await server?.close();
  home?.remove();
});

/** What a tool's call came to, whichever face it went through. */
interface Told {
  ok: boolean;
  text: string;
  data: unknown;
}
type Face = (agent: string, tool: string, input: Record<string, unknown>) => Promise<Told>;

async function mcp(agent: string): Promise<Client> {
  let client = clients.get(agent);
  if (client === undefined) {
    client = new Client({ name: "tests", version: "1.0.0" });
    clients.set(agent, client);
    const { folder: cwd, program } = home;
    await client.connect(
      new StdioClientTransport({
        command: process.execPath,
        args: [program, "mcp"],
        env: home.env(agent),
        cwd,
      }),
    );
  }
  return client;
}

const throughMcp: Face = async (agent, tool, input) => {
  const result = (await (await mcp(agent)).callTool({ name: tool, arguments: input })) as CallToolResult;
  const [content] = result.content;
  assert.ok(content?.type === "text");
  const ok = result.isError !== true;
  const isList = tool === "plane_list_my_tasks";
  const data = ok && isList ? JSON.parse(content.text) : result.structuredContent;
  return { ok, text: content.text, data };
};

const throughCli: Face = async (agent, tool, input) => {
  const ended = await home.run([tool, "--json", "--input", "-"], { agent, input: JSON.stringify(input) });
  const ok = ended.code === 0;
  if (!ok) assert.equal(ended.stdout, "");
  return { ok, text: ended.stderr, data: ok ? JSON.parse(ended.stdout) : undefined };
};

const list = async (face: Face, agent: string, project: string) =>
  ((await face(agent, "plane_list_my_tasks", {})).data as ListedTask[]).filter(
    (task) => task.project === project,
  );
interface ListedTask {
  id: string;
  status: string;
  project: string;
  dependencies: { id: string; status: string }[];
}

for (const [name, face, project] of [
  ["MCP, with the official SDK's client", throughMcp, "MCP"],
  ["the command line", throughCli, "CLI"],
] as const) {
  test(`OPENCLAW-17, OPENCLAW-09, OPENCLAW-14, OPENCLAW-18: three dependent tasks from plan to review, through ${name}`, async () => {
    const done = async (agent: string, tool: string, input: Record<string, unknown>) => {
      const told = await face(agent, tool, input);
      assert.ok(told.ok, told.text);
      return told.data;
    };
    const refused = async (agent: string, tool: string, input: Record<string, unknown>, words: RegExp) => {
      const told = await face(agent, tool, input);
      assert.ok(!told.ok);
      assert.match(told.text, words);
    };

    const plan = {
      project: { name: `Page de statut ${project}`, identifier: project },
      tasks: [
        { ref: "build", title: `Construire la page ${project}`, kind: "code", skills: ["code"] },
        {
          ref: "doc",
          title: `Documenter la page ${project}`,
          kind: "document",
          skills: ["documentation"],
          deliverable_required: true,
          depends_on: ["build"],
        },
        { ref: "logo", title: `Dessiner le logo ${project}`, skills: ["logos"], depends_on: ["doc"] },
      ],
    };
    await refused("imhotep", "plane_plan", plan, /concierge only/);
    const planned = (await done("concierge", "plane_plan", plan)) as {
      project: string;
      tasks: { ref: string; id: string; agent: string }[];
    };
    assert.deepEqual(
      planned.tasks.map(({ ref, agent }) => [ref, agent]),
      [
        ["build", "imhotep"],
        ["doc", "thot"],
        ["logo", "basquiat"],
      ],
    );
    const [build, doc, logo] = planned.tasks.map(({ id }) => id) as [string, string, string];
    const again = (await done("concierge", "plane_plan", plan)) as typeof planned;
    assert.deepEqual(again.tasks, planned.tasks);

    assert.partialDeepStrictEqual(await list(face, "thot", project), [
      { id: doc, status: "todo", dependencies: [{ id: build, status: "todo" }] },
    ]);
    await refused("thot", "plane_update_task_status", { task_id: doc, status: "in_progress" }, /waits for/);

    const [mine] = await list(face, "imhotep", project);
    assert.equal(mine?.id, build);
    await done("imhotep", "plane_get_task_details", { task_id: build });
    await done("imhotep", "plane_update_task_status", { task_id: build, status: "in_progress" });
    const comment = {
      task_id: build,
      template: "progress",
      percent: 60,
      text: "image Docker en construction",
    };
    await done("imhotep", "plane_add_comment", comment);
    const finish = { task_id: build, status: "done", summary: "La page répond.", confidence: 0.9 };
    await refused("imhotep", "plane_update_task_status", finish, /evidence\.commit/);
    const evidence = { commit: "4f2c1d9", tests: "passed" };
    await done("imhotep", "plane_update_task_status", { ...finish, evidence });
    assert.deepEqual(await list(face, "imhotep", project), []);

    assert.partialDeepStrictEqual(await list(face, "thot", project), [
      { id: doc, dependencies: [{ id: build, status: "done" }] },
    ]);
    await done("thot", "plane_update_task_status", { task_id: doc, status: "in_progress" });
    const written = { task_id: doc, status: "done", summary: "Le guide est joint.", confidence: 0.8 };
    await refused("thot", "plane_update_task_status", written, /plane_upload_deliverable/);
    home.write("guide.md", `# Page de statut (${project})\n`);
    await done("thot", "plane_upload_deliverable", { task_id: doc, path: "guide.md" });
    await done("thot", "plane_update_task_status", written);

    await done("basquiat", "plane_update_task_status", { task_id: logo, status: "in_progress" });
    home.write("logo.png", PNG);
    await done("basquiat", "plane_upload_deliverable", { task_id: logo, path: "logo.png" });
    const drawn = { task_id: logo, status: "done", summary: "Un premier essai.", confidence: 0.5 };
    await done("basquiat", "plane_update_task_status", drawn);

    const world = (await server.world()) as Record<string, Record<string, unknown>[]>;
    const [built, documented, drawing] = plan.tasks.map(({ title }) => title);
    assert.deepEqual(
      world["workItems"]
        ?.filter((row) => row["project"] === project)
        .map(({ name: title, state, labels, relations }) => ({ title, state, labels, relations })),
      [
        { title: built, state: "Done", labels: ["agent:imhotep"], relations: [] },
        {
          title: drawing,
          state: "Done",
          labels: ["agent:basquiat", "review"],
          relations: [`blocked_by ${documented}`],
        },
        { title: documented, state: "Done", labels: ["agent:thot"], relations: [`blocked_by ${built}`] },
      ],
    );
    const said = (title: string | undefined) =>
      world["comments"]
        ?.filter(({ work_item }) => work_item === title)
        .map(({ author, comment_html }) => `${author}: ${String(comment_html).replace(LINK, "$1")}`)
        .sort();
    const timed = "<p>⏱️ 1 min de travail, 1 min en tout</p>";
    assert.deepEqual(said(built), [
      "imhotep@javisi.local: <p>La page répond.</p>",
      `imhotep@javisi.local: ${timed}`,
      "imhotep@javisi.local: <p>⏳ 60% complete - image Docker en construction</p>",
      "imhotep@javisi.local: <p>✅ Complété par Imhotep</p>",
      "imhotep@javisi.local: <p>🤖 Imhotep a démarré cette tâche</p>",
    ]);
    assert.deepEqual(said(drawing), [
      "basquiat@javisi.local: <p>Un premier essai.</p>",
      `basquiat@javisi.local: ${timed}`,
      "basquiat@javisi.local: <p>✅ Complété par Basquiat</p><p>🔎 Relecture humaine demandée : confiance 0.5</p>",
      "basquiat@javisi.local: <p>📎 Livrable : logo.png</p>",
      "basquiat@javisi.local: <p>🤖 Basquiat a démarré cette tâche</p>",
    ]);
    assert.deepEqual(
      world["attachments"]
        ?.filter(({ work_item }) => work_item === documented)
        .map(({ name: file, author, is_uploaded }) => ({ file, author, is_uploaded })),
      [{ file: "guide.md", author: "thot@javisi.local", is_uploaded: true }],
    );
  });
}

test("OPENCLAW-01: every example in SKILL.md runs", async () => {
  home.write("report.md", "# Rapport\n");
  const sections = skillDocument().split("\n### ").slice(1);
  assert.equal(sections.length, TOOLS.length);
  for (const section of sections) {
    const [, name = "", example = ""] = /^(\w+)\n[^]*?```json\n(.*)\n```/.exec(section) ?? [];
    const agent = section.includes("concierge only") ? "concierge" : "imhotep";
    const { code, stdout, stderr } = await home.run([name, "--json", "--input", example], { agent });
    assert.equal(code, 0, `${name}: ${stderr}`);
    assert.equal(stderr, "");
    JSON.parse(stdout);
  }
});

test("OPENCLAW-08: over MCP an agent sees exactly the tools that it may call, and another is refused", async () => {
  const names = async (agent: string) => (await (await mcp(agent)).listTools()).tools.map(({ name }) => name);
  assert.deepEqual(
    await names("concierge"),
    TOOLS.map(({ name }) => name),
  );
  const own = TOOLS.filter(({ callers }) => callers === "everyone").map(({ name }) => name);
  assert.deepEqual(await names("imhotep"), own);
  const told = await throughMcp("imhotep", "plane_create_project", { name: "Rien", identifier: "RIEN" });
  assert.ok(!told.ok);
  assert.match(told.text, /is for concierge only\. Next: /);
});

test("over MCP, what people wrote in Plane is in the answer as marked data and nowhere else", async () => {
  const client = await mcp("imhotep");
  for (const [name, input] of [
    ["plane_list_my_tasks", {}],
    ["plane_get_task_details", { task_id: "ONB-2" }],
  ] as const) {
    const answer = JSON.stringify(await client.callTool({ name, arguments: input }));
    assert.match(answer, /<plane-data>\\+nConstruire la page de statut/);
    const unmarked = answer.replaceAll(/<plane-data>.*?<\/plane-data>/g, "");
    assert.doesNotMatch(unmarked, /Construire|Imhotep voit cette tâche/);
  }
});

test("an MCP server says nothing but MCP on stdout, and ends when its client hangs up", async () => {
  const hello = {
    jsonrpc: "2.0",
    id: 1,
    method: "initialize",
    params: { protocolVersion: "2025-06-18", capabilities: {}, clientInfo: { name: "tests", version: "1" } },
  };
  const ended = await home.run(["mcp"], { agent: "thot", input: `no JSON\n${JSON.stringify(hello)}\n` });
  assert.partialDeepStrictEqual(ended, { code: 0, stderr: "" });
  const { id, result } = JSON.parse(ended.stdout) as { id: number; result: { instructions: string } };
  assert.equal(id, 1);
  assert.match(result.instructions, /as Thot \(thot\)/);
});

test("over MCP, input that is none is answered with what is wrong and the next step", async () => {
  const told = await throughMcp("imhotep", "plane_update_task_status", {
    task_id: "ONB-2",
    status: "finished",
  });
  assert.ok(!told.ok);
  assert.match(told.text, /status(.|\n)*Next: /);
});

test("on the command line each property is an option, lists are repeated, and --input may come from stdin", async () => {
  const args = ["create-task", "--project-id", "ONB", "--assignee", "r2d2", "--title", "Comparer"];
  const dependencies = ["--dependencies", "ONB-1", "--dependencies", "ONB-2"];
  const made = await home.run([...args, ...dependencies, "--deliverable-required", "true", "--json"], {
    agent: "concierge",
  });
  assert.equal(made.code, 0, made.stderr);
  const { id } = JSON.parse(made.stdout) as { id: string };
  const read = await home.run(["get-task-details", "--input", "-", "--json"], {
    agent: "r2d2",
    input: JSON.stringify({ task_id: id }),
  });
  const details = JSON.parse(read.stdout) as { fields: unknown; dependencies: { id: string }[] };
  assert.deepEqual(details.dependencies.map((task) => task.id).sort(), ["ONB-1", "ONB-2"]);
  assert.partialDeepStrictEqual(details.fields, { agent_id: "r2d2", deliverable: "required" });
});

test("what is refused ends with 1, what may work later with 75, and neither prints on stdout", async () => {
  const refused = await home.run(["get-task-details", "--task-id", "ONB-999", "--json"], {
    agent: "imhotep",
  });
  assert.partialDeepStrictEqual(refused, { code: 1, stdout: "" });
  assert.match(refused.stderr, /There is no task "ONB-999"(.|\n)*Next: /);
  await server.order({ at: 1, kind: "500", times: 100, path: "/work-items/" });
  const later = await home.run(["list-my-tasks", "--json"], { agent: "imhotep" });
  await server.clearFaults();
  assert.partialDeepStrictEqual(later, { code: 75, stdout: "" });
  assert.match(later.stderr, /Next: call plane_list_my_tasks again in some minutes/);
  await server.order({ at: 1, kind: "reset", times: 100, path: "/users/me/" });
  const unknown = await home.run(["list-my-tasks"], { agent: "imhotep" });
  await server.clearFaults();
  assert.partialDeepStrictEqual(unknown, { code: 75, stdout: "" });
  assert.match(unknown.stderr, /Next: try again in some minutes/);
});

/** What is wrong with the environment or a file that it names, and what the refusal says. */
const WRONG: [what: string, environment: () => Record<string, string>, words: RegExp][] = [
  [
    "a token of somebody who is no agent",
    () => ({ PLANE_BRIDGE_TOKEN_FILE: `${home.folder}/tokens/n8n` }),
    /n8n@javisi\.local's, and that is no agent.*Next: .*imhotep/,
  ],
  [
    "a token that nobody has",
    () => ({ PLANE_BRIDGE_TOKEN_FILE: home.write("tokens/nobody", NOBODYS) }),
    /does not accept the token.*Next: .*pulumi up --refresh/,
  ],
  [
    "a token file that others may read",
    () => {
      const file = home.write("tokens/readable", tokens["imhotep"] ?? "");
      chmodSync(file, 0o644);
      return { PLANE_BRIDGE_TOKEN_FILE: file };
    },
    /may be read by others than its owner.*Next: .*chmod 600/,
  ],
  [
    "a token file that is not there",
    () => ({ PLANE_BRIDGE_TOKEN_FILE: `${home.folder}/tokens/missing` }),
    /There is no Plane token at.*Next: /,
  ],
  ["no token file", () => ({ PLANE_BRIDGE_TOKEN_FILE: "" }), /PLANE_BRIDGE_TOKEN_FILE is not set.*Next: /],
  ["no configuration", () => ({ PLANE_BRIDGE_CONFIG: "" }), /PLANE_BRIDGE_CONFIG is not set.*Next: /],
  [
    "a configuration that is not there",
    () => ({ PLANE_BRIDGE_CONFIG: `${home.folder}/missing.json` }),
    /cannot be read.*Next: /,
  ],
  [
    "a configuration of another version",
    () => {
      const settings = { ...home.settings, workspace: 5, colour: "blue" };
      return { PLANE_BRIDGE_CONFIG: home.write("other.json", JSON.stringify(settings)) };
    },
    /workspace(.|\n)*Next: /,
  ],
];

for (const [what, environment, words] of WRONG) {
  test(`the command line and MCP refuse ${what}, with the next step and without the token`, async () => {
    for (const command of ["list-my-tasks", "mcp"]) {
      const ended = await home.run([command], { agent: "imhotep", environment: environment() });
      assert.partialDeepStrictEqual(ended, { code: 1, stdout: "" });
      assert.match(ended.stderr, words);
      assert.doesNotMatch(ended.stderr, /^ +at /m);
      for (const token of [NOBODYS, ...Object.values(tokens)]) assert.ok(!ended.stderr.includes(token));
    }
  });
}

test("who the caller is comes from the token: an agent that is named in an argument is refused", async () => {
  const named = await home.run(["list-my-tasks", "--agent", "concierge"], { agent: "imhotep" });
  assert.equal(named.code, 64);
  const told = await throughMcp("imhotep", "plane_budget", { agent: "concierge", agent_id: "concierge" });
  assert.ok(!told.ok);
  assert.match(told.text, /Unrecognized keys: "agent", "agent_id".*Next: /s);
});

test("AUTH-04: an MCP server reads its token at each call, so that a rotation needs no restart", async () => {
  await throughMcp("shuri", "plane_list_my_tasks", {});
  home.write("tokens/shuri", NOBODYS);
  const told = await throughMcp("shuri", "plane_list_my_tasks", {});
  assert.ok(!told.ok);
  assert.match(told.text, /does not accept the token.*Next: /);
  home.write("tokens/shuri", tokens["shuri"] ?? "");
  assert.ok((await throughMcp("shuri", "plane_list_my_tasks", {})).ok);
});
