// Runs beside others: its servers have ports and folders of their own.
import "../support/quickRetries.ts";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { watched } from "../../dashboards/watched.ts";
import { tokensOf } from "../support/bridgeHome.ts";
import { InProcessEngine } from "../support/inProcessEngine.ts";
import { insidePlane } from "../support/insidePlane.ts";
import { buildSandboxImage, Gateway, removeSandboxImage } from "../support/openclaw.ts";
import { type Reply, ScriptedModel, type Turn } from "../support/openclawModel.ts";
import { PlaneServer } from "../support/planeServer.ts";
import { selectorsUsed } from "../support/queriesAsked.ts";
import { ScrapedSeries } from "../support/scrapedSeries.ts";

// One request of a person's, and everything that follows from it without another word: real runs of sandboxed agents in
// a real gateway, with a model that follows a script.
let server: PlaneServer;
let tokens: Record<string, string>;
const WATCHED = watched("javisi", {
  openclaw: true,
  notifications: false,
  backup: false,
  certificate: false,
});
// Of the story that is being told.
let model: ScriptedModel;
let gateway: Gateway;
/** Identifier of its project. */
let project: string;

before(async () => {
  server = await PlaneServer.start({ apiRateLimit: 100_000, storage: true });
  const engine = new InProcessEngine(await insidePlane(server.url));
  await engine.up();
  tokens = tokensOf(engine);
  buildSandboxImage();
});
after(async () => {
  await server?.close();
  await removeSandboxImage();
});

for (const version of ["2026.2.23", "2026.2.26"] as const) {
  suite(`a story in OpenClaw ${version}`, () => {
    before(async () => {
      project = `VRAI${version.slice(-2)}`;
      model = await ScriptedModel.start();
      gateway = await Gateway.start({
        version,
        url: server.url,
        tokens,
        model,
        bridge: { storeUrl: server.storageUrl, polling: "plugin", pollMinutes: 0.1, budget: 500 },
      });
      model.follow((turn) => (turn.agent === "concierge" ? concierge(turn) : worker(turn)));
    });
    after(async () => {
      await gateway?.stop();
      model?.stop();
    });

    test("OPENCLAW-17: the concierge plans three tasks that depend on each other, each for the agent it suits", async () => {
      const { status, result } = await gateway.json<{
        status: string;
        result: { payloads: { text: string }[] };
      }>(...["agent", "--agent", "concierge", "--message", REQUEST]);
      assert.equal(status, "ok");
      assert.match(result.payloads[0]?.text ?? "", /^C'est planifié/);
      assert.deepEqual(await story("SELECT name FROM i ORDER BY sequence_id"), [
        { name: "Construire la page" },
        { name: "Documenter la page" },
        { name: "Explorer la concurrence" },
      ]);
    });

    test("OPENCLAW-16: the relay tells of the new tasks, and only the agent whose task is free is woken", async () => {
      const tasks = await story("SELECT id AS work_item, project_id AS project FROM i");
      for (const ids of tasks) {
        const body = JSON.stringify(ids);
        assert.equal(await gateway.tell(body), 202);
      }
      const woken = await gateway.until("a turn of a worker", () =>
        model.turns.find(({ turn }) => turn.agent !== "concierge" && turn.request.includes(`${project}-`)),
      );
      assert.equal(woken.turn.agent, "builder");
      assert.match(woken.turn.request, new RegExp(`Ready, the most urgent first: .*${project}-1`));
    });

    test("OPENCLAW-09, OPENCLAW-14: the poller wakes each agent when its task is free, and each is done in order", async () => {
      const done = await gateway.until("the end of the story", async () => {
        const rows = await story(
          "SELECT name, (SELECT name FROM states WHERE id = i.state_id) AS state FROM i ORDER BY completed_at",
        );
        return rows.every(({ state }) => state === "Done") ? rows : undefined;
      });
      assert.deepEqual(
        done.map(({ name }) => name),
        ["Construire la page", "Documenter la page", "Explorer la concurrence"],
      );
      const steps = () =>
        story(
          `SELECT i.name, regexp_replace(c.comment_html, '<[^>]+>', '', 'g') AS text FROM i
      JOIN issue_comments c ON c.issue_id = i.id
      WHERE c.comment_html LIKE '%démarré%' OR c.comment_html LIKE '%Complété%' ORDER BY c.created_at`,
        );
      // A task is done a moment before its comment says so.
      await gateway.until("the last comment", async () => ((await steps()).length === 6 ? true : undefined));
      assert.deepEqual(
        (await steps()).map(({ name, text }) => `${name}: ${text}`),
        [
          "Construire la page: 🤖 Imhotep a démarré cette tâche",
          "Construire la page: ✅ Complété par Imhotep",
          "Documenter la page: 🤖 Thot a démarré cette tâche",
          "Documenter la page: ✅ Complété par Thot",
          "Explorer la concurrence: 🤖 R2D2 a démarré cette tâche",
          "Explorer la concurrence: ✅ Complété par R2D2🔎 Relecture humaine demandée : confiance 0.5",
        ],
      );
    });

    test("OPENCLAW-19: what each agent wrote in its sandbox is attached to its task", async () => {
      const files = await story(
        `SELECT i.name, a.attributes->>'name' AS file, a.is_uploaded FROM i
      JOIN file_assets a ON a.issue_id = i.id ORDER BY i.sequence_id`,
      );
      assert.deepEqual(
        files,
        ["Construire la page", "Documenter la page", "Explorer la concurrence"].map((name) => ({
          name,
          file: "livrable.md",
          is_uploaded: true,
        })),
      );
    });

    test("OPENCLAW-12, OPENCLAW-18: the task of low confidence, and only that one, is marked for review", async () => {
      const marked = await story(
        `SELECT i.name FROM i JOIN issue_labels x ON x.issue_id = i.id JOIN labels l ON l.id = x.label_id
      WHERE l.name = 'review'`,
      );
      assert.deepEqual(marked, [{ name: "Explorer la concurrence" }]);
    });

    test("OPENCLAW-13: each task names the session that did it, as OpenClaw lists it", async () => {
      const rows = await story("SELECT name, description_html AS text FROM i ORDER BY sequence_id");
      for (const [index, openclawId] of ["builder", "writer", "explorer"].entries()) {
        const [, session] = /session_id: openclaw-session-([\w-]+)/.exec(String(rows[index]?.["text"])) ?? [];
        const path = join(gateway.home.folder, "openclaw/agents", openclawId, "sessions/sessions.json");
        const sessions = JSON.parse(readFileSync(path, "utf8")) as Record<string, { sessionId: string }>;
        assert.ok(
          Object.values(sessions).some(({ sessionId }) => sessionId === session),
          `${openclawId} ${session}`,
        );
      }
    });

    test("AUTH-03: an agent's exec reaches no token, no openclaw.json and no Docker socket", () => {
      const [probe] = model.turns.flatMap(({ turn }) => turn.calls.filter(({ tool }) => tool === "exec"));
      assert.match(probe?.answer ?? "", /PROBED/);
      assert.doesNotMatch(probe?.answer ?? "", /READ/);
    });

    test("the metrics count what the story took, and the concierge's gate held in every run", async () => {
      const { text } = await gateway.get("/plane-bridge/metrics");
      for (const [agent, tool] of [
        ["concierge", "plane_plan"],
        ["imhotep", "plane_upload_deliverable"],
        ["r2d2", "plane_update_task_status"],
      ]) {
        const sample = `plane_bridge_tool_calls_total{tool="${tool}",agent="${agent}",outcome="ok"}`;
        assert.ok(text.includes(sample), sample);
      }
      for (const { turn } of model.turns) {
        assert.equal(turn.tools.includes("plane_create_task"), turn.agent === "concierge", turn.agent);
      }
    });

    test("MONITOR-01, MONITOR-03: every series of the bridge's that a panel or an alert names is there once a gateway was scraped", async () => {
      model.follow(({ agent, request, calls }) =>
        agent === "artist" && request.includes("Délègue") && calls.length === 0
          ? { tool: "sessions_spawn", input: { task: "Dessine." } }
          : "Fini.",
      );
      await gateway.json("agent", "--agent", "artist", "--message", "Délègue");
      const later = { project_id: project, title: "Plus tard", assignee: "thot" };
      assert.equal((await gateway.invoke("concierge", "plane_create_task", later)).status, 200);
      const scraped = await ScrapedSeries.start("plane-bridge", gateway.url, "/plane-bridge/metrics");
      try {
        const selectors = selectorsUsed(WATCHED)
          .filter((each) => /^plane_bridge_|"plane-bridge"/.test(each))
          // No sub-agent of the story fails.
          .map((each) => each.replace(',outcome!="ok"', ""));
        assert.ok(selectors.length >= 10, selectors.join());
        for (const selector of selectors)
          await gateway.until(selector, async () => ((await scraped.count(selector)) > 0 ? true : undefined));
      } finally {
        await scraped.stop();
      }
    });
  });
}

const REQUEST = "Ajoute une page de statut";

/** The concierge of the story: it plans, and says so. */
function concierge({ request, calls }: Turn): Reply {
  if (!request.includes(REQUEST)) return "Rien à faire.";
  const last = calls.at(-1);
  if (last?.tool === "plane_plan") return `C'est planifié : ${last.answer}`;
  if (last?.tool !== "plane_budget") return { tool: "plane_budget", input: {} };
  const tasks = [
    { ref: "build", title: "Construire la page", kind: "code", skills: ["code"] },
    { ref: "doc", title: "Documenter la page", skills: ["documentation"], depends_on: ["build"] },
    { ref: "market", title: "Explorer la concurrence", skills: ["recherches"], depends_on: ["doc"] },
  ];
  return {
    tool: "plane_plan",
    input: {
      project: { name: `Page de statut ${project}`, identifier: project },
      tasks: tasks.map((task) => ({ ...task, deliverable_required: true })),
    },
  };
}

/** An agent of the story: a round of work as SKILL.md tells it, and a look at what its exec can reach. */
function worker({ agent, request, calls }: Turn): Reply {
  const listed = calls.find(({ tool }) => tool === "plane_list_my_tasks");
  if (listed === undefined) return { tool: "plane_list_my_tasks", input: {} };
  const tasks = JSON.parse(listed.answer) as { id: string; dependencies: { status: string }[] }[];
  const mine = tasks.find(
    ({ id, dependencies }) =>
      id.startsWith(`${project}-`) && request.includes(id) && dependencies.every(isDone),
  );
  if (mine === undefined) return "Rien à faire.";
  const task = { task_id: mine.id };
  const { folder } = gateway.home;
  const secrets = [`${folder}/tokens/thot`, `${folder}/openclaw/openclaw.json`];
  const probe = [
    ...secrets.map((file) => `cat ${file} && echo READ`),
    "test -e /var/run/docker.sock && echo READ",
    "echo PROBED",
  ];
  const confidence = agent === "explorer" ? 0.5 : 0.9;
  const steps: Reply[] = [
    { tool: "plane_get_task_details", input: task },
    { tool: "plane_update_task_status", input: { ...task, status: "in_progress" } },
    { tool: "exec", input: { command: probe.join("; ") } },
    // With exec: OpenClaw's own write tool refuses in a sandbox without access to the agent's workspace.
    { tool: "exec", input: { command: `echo '# Livrable de ${agent}' > livrable.md` } },
    {
      tool: "plane_add_comment",
      input: { ...task, template: "progress", percent: 60, text: "page en cours" },
    },
    { tool: "plane_upload_deliverable", input: { ...task, path: "livrable.md" } },
    {
      tool: "plane_update_task_status",
      input: {
        ...task,
        status: "done",
        summary: "La page est là.",
        confidence,
        evidence: { commit: "4f26628", tests: "passed" },
      },
    },
  ];
  const failed = calls.find(({ answer }) => /Next: /.test(answer));
  if (failed !== undefined) return `Arrêt : ${failed.tool}: ${failed.answer}`;
  return steps[calls.length - 1] ?? "Fini.";
}

function isDone({ status }: { status: string }): boolean {
  return status === "done";
}

/** Rows about the tasks of the story, which are `i`. */
function story(select: string): Promise<Record<string, unknown>[]> {
  return server.sql(
    `WITH i AS (SELECT * FROM issues WHERE project_id = (SELECT id FROM projects WHERE identifier = $1)) ${select}`,
    [project],
  );
}
