// Runs beside others: its servers have ports and folders of their own.
import "../support/quickRetries.ts";
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { AGENTS } from "../../agents.ts";
import type { BridgeSettings } from "../../skills/plane-bridge/core/config.ts";
import { TOOLS } from "../../skills/plane-bridge/tools/index.ts";
import { tokensOf } from "../support/bridgeHome.ts";
import { InProcessEngine } from "../support/inProcessEngine.ts";
import { insidePlane } from "../support/insidePlane.ts";
import { buildSandboxImage, Gateway, removeSandboxImage } from "../support/openclaw.ts";
import { ScriptedModel } from "../support/openclawModel.ts";
import { PlaneServer } from "../support/planeServer.ts";

// OpenClaw starts its gateway anew within its process, on SIGUSR1 and when a changed openclaw.json asks for it: what a
// plugin keeps in its module outlives that.
const POLL_MINUTES = 0.1;

let server: PlaneServer;
let tokens: Record<string, string>;

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
  suite(`a restart within the process of OpenClaw ${version}`, () => {
    let model: ScriptedModel;
    let gateway: Gateway;
    before(async () => {
      model = await ScriptedModel.start();
      gateway = await Gateway.start({
        version,
        url: server.url,
        tokens,
        model,
        bridge: { storeUrl: server.storageUrl, polling: "plugin", pollMinutes: POLL_MINUTES },
      });
      // What an agent has done before is no reason to do it again after.
      await everyoneLookedAt();
      await gateway.restart();
      await started(gateway);
      await gateway.restart();
    });
    after(async () => {
      await gateway?.stop();
      model?.stop();
    });

    test("OPENCLAW-09: after it one poller looks, at every agent once in an interval", async (context) => {
      await everyoneLookedAt();
      await server.clearCalls();
      const intervals = 3;
      await sleep(intervals * POLL_MINUTES * 60_000);
      const looks = await looksAtTasks();
      context.diagnostic(`${looks} looks of ${AGENTS.length} agents in ${intervals} intervals`);
      const wanted = intervals * AGENTS.length;
      assert.ok(Math.abs(looks - wanted) <= 2, `${looks} looks instead of ${wanted}`);
    });

    test("OPENCLAW-01, OPENCLAW-08: after it every agent has its tools, and they work", async () => {
      const { plugins } = await gateway.json<{
        plugins: { id: string; status: string; toolNames: string[] }[];
      }>("plugins", "list");
      const plugin = plugins.find(({ id }) => id === "plane-bridge");
      assert.deepEqual(plugin?.toolNames.toSorted(), TOOLS.map(({ name }) => name).toSorted());
      for (const { openclawId } of AGENTS) {
        const { status, text } = await gateway.invoke(openclawId, "plane_list_my_tasks");
        assert.equal(status, 200, `${openclawId}: ${text}`);
        assert.ok(Array.isArray(JSON.parse(text)), text);
      }
      assert.equal((await gateway.invoke("builder", "plane_create_task")).status, 404);
    });

    test("OPENCLAW-16: after it an event wakes its agent, and once", async () => {
      const { details } = await gateway.invoke("concierge", "plane_create_task", {
        project_id: "ONB",
        title: `Après ${version}`,
        assignee: "thot",
      });
      const { id } = details as { id: string };
      const [ids] = await server.sql(
        "SELECT id AS work_item, project_id AS project FROM issues WHERE name = $1",
        [`Après ${version}`],
      );
      assert.equal(await gateway.tell(JSON.stringify(ids)), 202);
      const woken = () => model.turns.filter(({ turn }) => turn.request.includes(id));
      await gateway.until("a turn of writer", () => woken()[0]);
      await everyoneLookedAt();
      assert.deepEqual(
        woken().map(({ turn }) => turn.agent),
        ["writer"],
      );
    });

    test("after it /healthz and the metrics answer, and count on", async () => {
      const health = await gateway.get("/healthz");
      assert.equal(health.status, 200);
      const { agents } = JSON.parse(health.text) as { agents: string[] };
      assert.equal(agents.length, AGENTS.length);
      const looks = async () =>
        Number(
          /^plane_bridge_polls_total\{agent="imhotep",outcome="ok"\} (\d+)$/m.exec(
            (await gateway.get("/plane-bridge/metrics")).text,
          )?.[1],
        );
      const before = await looks();
      assert.ok(before > 0);
      await everyoneLookedAt();
      assert.ok((await looks()) > before);
    });

    test("OPENCLAW-09: settings that a restart finds changed are in force after it", async () => {
      const { agents, ...others } = JSON.parse(gateway.home.read("config.json")) as BridgeSettings;
      const fewer = agents.filter(({ agentId }) => agentId !== "hermes");
      gateway.home.write("config.json", JSON.stringify({ ...others, agents: fewer }));
      await gateway.restart();
      await onlyTheseAreServed(fewer);
    });

    test("OPENCLAW-09: a changed openclaw.json makes it restart by itself, and the plugin is registered anew", async () => {
      const settings = JSON.parse(gateway.home.read("config.json")) as BridgeSettings;
      const few = settings.agents.slice(0, 5);
      const elsewhere = gateway.home.write("other.json", JSON.stringify({ ...settings, agents: few }));
      const openclawJson = gateway.home.read("openclaw/openclaw.json");
      await gateway.restartsBy(() =>
        gateway.home.write(
          "openclaw/openclaw.json",
          openclawJson.replace(join(gateway.home.folder, "config.json"), elsewhere),
        ),
      );
      await onlyTheseAreServed(few);
    });

    test("after it a sub-agent is counted once", async () => {
      model.follow(({ agent, request, calls }) =>
        agent === "artist" && request.includes("Délègue") && calls.length === 0
          ? { tool: "sessions_spawn", input: { task: "Dessine." } }
          : "Fini.",
      );
      await gateway.json("agent", "--agent", "artist", "--message", "Délègue");
      const metrics = await gateway.until("the end of the sub-agent", async () => {
        const { text } = await gateway.get("/plane-bridge/metrics");
        return text.includes("plane_bridge_spawn_outcomes_total{") ? text : undefined;
      });
      assert.match(metrics, /^plane_bridge_spawns_total\{agent="basquiat"\} 1$/m);
      assert.match(metrics, /^plane_bridge_spawn_outcomes_total\{agent="basquiat",outcome="ok"\} 1$/m);
    });

    async function onlyTheseAreServed(agents: readonly { agentId: string; openclawId: string }[]) {
      const wanted = agents.map(({ agentId }) => agentId);
      // The gateway answers a moment before it has started the plugin's service, which reads the settings.
      const health = await gateway.until(`${wanted} and nobody else`, async () => {
        const now = JSON.parse((await gateway.get("/healthz")).text) as { agents: string[] };
        return now.agents.join() === wanted.join() ? now : undefined;
      });
      for (const { agentId, openclawId } of AGENTS) {
        const { status } = await gateway.invoke(openclawId, "plane_list_my_tasks");
        assert.equal(status, health.agents.includes(agentId) ? 200 : 404, agentId);
      }
      await everyoneLookedAt();
      await server.clearCalls();
      await everyoneLookedAt();
      const looks = await looksAtTasks();
      assert.ok(Math.abs(looks - agents.length) <= 1, `${looks} looks at ${agents.length} agents`);
    }
  });
}

/** One more interval, and with it one more look at every agent. */
async function everyoneLookedAt(): Promise<void> {
  await sleep(POLL_MINUTES * 60_000);
}

/**
 * Waits for the end of the gateway's start: plugins' services are its last step, and the bridge's looks at tasks. A
 * signal that comes earlier, when it answers already, finds no server to close and the port taken, and ends OpenClaw.
 */
async function started(gateway: Gateway): Promise<void> {
  await server.clearCalls();
  await gateway.until("a look at tasks", async () => ((await looksAtTasks()) > 0 ? true : undefined));
}

/** Looks since the calls were last cleared: each reads the work items of the one project once. */
async function looksAtTasks(): Promise<number> {
  const calls = await server.calls();
  return calls.filter(({ method, path }) => method === "GET" && path.endsWith("/work-items/")).length;
}
