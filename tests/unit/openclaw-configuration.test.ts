import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  configurationText,
  type Json,
  renderConfiguration,
} from "../../components/openclaw/configuration.ts";
import { configurationProblems } from "../../components/openclaw/rules.ts";
import { OPENCLAW_VERSIONS } from "../../components/openclaw/version.ts";
import { rendered } from "../support/openclawConfiguration.ts";

/** As far as the tests look into it. */
interface Configuration {
  meta: unknown;
  gateway: {
    port: number;
    bind: string;
    auth: { mode: string; token: string };
    controlUi?: { enabled: boolean };
  };
  logging: Record<string, string>;
  agents: {
    defaults: {
      sandbox: { mode: string; prune: object; docker: Record<string, unknown> };
      subagents: Record<string, number>;
    };
    list: {
      id: string;
      default?: boolean;
      name?: string;
      sandbox: { mode: string; prune: object; docker: Record<string, unknown> };
      tools?: { alsoAllow?: string[] };
    }[];
  };
  tools: { sandbox: { tools: { allow: string[] } } };
  hooks: { allowedAgentIds: string[]; mappings: { id?: string }[] };
  plugins: { allow?: string[]; load: { paths: string[] } };
  session: { maintenance: object };
}

const of = (base: Json = {}) => rendered("2026.2.26", base) as unknown as Configuration;
const agentOf = (configuration: Configuration, id: string) =>
  configuration.agents.list.find((agent) => agent.id === id);

for (const version of OPENCLAW_VERSIONS) {
  test(`OPENCLAW-UPG-02: an empty base becomes a configuration that ${version} accepts`, () => {
    assert.deepEqual(configurationProblems(version, rendered(version)), []);
  });
}

test("OPENCLAW-UPG-11: debug is asked of the console, never of the log file, which it would make quieter", () => {
  const { logging } = rendered("2026.2.26", {}, { logLevel: "debug" }) as unknown as Configuration;
  assert.deepEqual(logging, { consoleLevel: "debug", consoleStyle: "json", redactSensitive: "tools" });
});

test("OPENCLAW-UPG-07: sandboxes, sub-agents and sessions that are over are cleared away, in every agent's settings", () => {
  const { agents, session } = of();
  const prune = { idleHours: 24, maxAgeDays: 7 };
  for (const { id, sandbox } of agents.list) assert.deepEqual(sandbox.prune, prune, id);
  assert.deepEqual(agents.defaults.sandbox.prune, prune);
  assert.equal(agents.defaults.subagents["archiveAfterMinutes"], 1440);
  assert.deepEqual(session.maintenance, { mode: "enforce", pruneAfter: "30d", maxEntries: 500 });
});

test("OPENCLAW-UPG-12: five sub-agents at once and 30 minutes each, whatever the base says, and sandboxes of 256 MB and 0.25 CPU", () => {
  const { agents } = of({
    agents: {
      defaults: { subagents: { maxConcurrent: 50 }, sandbox: { docker: { memory: "8g", cpus: 4 } } },
      list: [{ id: "guest", sandbox: { docker: { memory: "8g" } } }],
    },
  });
  const { maxConcurrent, runTimeoutSeconds } = agents.defaults.subagents;
  assert.deepEqual([maxConcurrent, runTimeoutSeconds], [5, 1800]);
  for (const { sandbox } of [agents.defaults, ...agents.list]) {
    assert.deepEqual([sandbox.docker["memory"], sandbox.docker["cpus"]], ["256m", 0.25]);
  }
});

test("OPENCLAW-UPG-06: every agent's sandbox is on the sandbox network, those that only the base knows too", () => {
  const { agents } = of({ agents: { list: [{ id: "guest", sandbox: { mode: "off" } }, { id: "cfo" }] } });
  assert.equal(agents.list.length, 11);
  for (const { id, sandbox } of agents.list) {
    assert.deepEqual([sandbox.mode, sandbox.docker["network"]], ["all", "javisi_sandbox"], id);
  }
});

test("the gateway listens in its container with a token from its environment, without the Control UI", () => {
  const { gateway } = of();
  assert.deepEqual(gateway, {
    mode: "local",
    port: 18789,
    bind: "lan",
    auth: { mode: "token", token: "${OPENCLAW_GATEWAY_TOKEN}" },
    controlUi: { enabled: false },
  });
  const controlUi = { enabled: true, allowedOrigins: ["https://openclaw.example.org"] };
  assert.deepEqual(of({ gateway: { controlUi } }).gateway.controlUi, controlUi);
});

test("agents keep what the base says of them, and the concierge is the default unless the base has another", () => {
  const base = { agents: { list: [{ id: "builder", name: "Imhotep", model: "a/b" }] } };
  assert.equal(agentOf(of(base), "builder")?.name, "Imhotep");
  assert.equal(agentOf(of(base), "concierge")?.default, true);
  const other = of({ agents: { list: [{ id: "builder", default: true }] } });
  assert.deepEqual(
    other.agents.list.filter((agent) => agent.default).map(({ id }) => id),
    ["builder"],
  );
});

test("what the base allows stays allowed beside what the bridge needs, and nothing is there twice", () => {
  const { tools, hooks, plugins } = of({
    plugins: { allow: ["telegram"], load: { paths: ["/opt/plugins/own"] } },
    tools: { sandbox: { tools: { allow: ["browser", "exec"] } } },
    hooks: {
      allowedAgentIds: ["guest", "builder"],
      mappings: [{ id: "mail", action: "wake" }, { action: "wake" }],
    },
  });
  assert.deepEqual(plugins.allow, ["telegram", "plane-bridge"]);
  assert.equal(plugins.load.paths.length, 2);
  const { allow } = tools.sandbox.tools;
  assert.ok(["browser", "exec", "plane_list_my_tasks"].every((name) => allow.includes(name)));
  assert.equal(new Set(allow).size, allow.length);
  assert.ok(hooks.allowedAgentIds.includes("guest"));
  assert.equal(hooks.allowedAgentIds.filter((id) => id === "builder").length, 1);
  assert.deepEqual(
    hooks.mappings.slice(-2).map(({ id }) => id),
    ["mail", undefined],
  );
});

test("a base's list of tools and our addition to it become one list: no gateway starts with both", () => {
  const { agents, tools } = rendered(OPENCLAW_VERSIONS[0], {
    agents: { list: [{ id: "concierge", tools: { allow: ["read"] } }] },
    tools: { sandbox: { tools: { alsoAllow: ["browser"] } } },
  }) as unknown as {
    agents: { list: { id: string; tools: Record<string, string[]> }[] };
    tools: { sandbox: { tools: Record<string, string[]> } };
  };
  const concierge = agents.list.find(({ id }) => id === "concierge")?.tools;
  assert.deepEqual(
    [concierge?.["allow"]?.includes("read"), concierge?.["allow"]?.includes("plane_create_task")],
    [true, true],
  );
  assert.equal(concierge?.["alsoAllow"], undefined);
  assert.ok(tools.sandbox.tools["allow"]?.includes("browser"));
  assert.equal(tools.sandbox.tools["alsoAllow"], undefined);
});

test("a base without a list of plugins gets none, for it would switch off all others", () => {
  assert.equal(of().plugins.allow, undefined);
});

test("the file names its own version as the writer's, so that an older one does not warn of a newer one", () => {
  const base = { meta: { lastTouchedVersion: "2026.2.26", lastTouchedAt: "2026-02-26T00:00:00Z" } };
  assert.deepEqual(rendered("2026.2.23", base)["meta"], { lastTouchedVersion: "2026.2.23" });
});

test("a value of the wrong kind stays in the file, for the rules to name", () => {
  const base = { agents: { list: "everyone" }, hooks: { mappings: 5 }, plugins: "none" };
  const configuration = rendered("2026.2.26", base);
  const problems = configurationProblems("2026.2.26", configuration).join("\n");
  for (const path of ["agents.list", "hooks.mappings", "plugins"])
    assert.match(problems, new RegExp(`^${path}: `, "m"));
});

const agent = fc.record(
  {
    id: fc.constantFrom("concierge", "builder", "writer", "guest", "other", "Concierge"),
    name: fc.string({ maxLength: 5 }),
    default: fc.boolean(),
    sandbox: fc.record(
      { mode: fc.constantFrom("off", "non-main", "all"), docker: fc.dictionary(fc.string(), fc.jsonValue()) },
      { requiredKeys: [] },
    ),
    tools: fc.record(
      {
        alsoAllow: fc.array(fc.constantFrom("plane_plan", "plane_create_task", "browser")),
        allow: fc.array(fc.constantFrom("group:plugins", "plane-bridge", "exec")),
      },
      { requiredKeys: [] },
    ),
  },
  { requiredKeys: ["id"] },
);
const base = fc
  .record(
    {
      agents: fc.record({
        list: fc.array(agent, { maxLength: 5 }),
        defaults: fc.dictionary(fc.string(), fc.jsonValue()),
      }),
      plugins: fc.record(
        { allow: fc.array(fc.constantFrom("telegram", "slack", "plane-bridge")) },
        { requiredKeys: [] },
      ),
      hooks: fc.record(
        {
          mappings: fc.array(
            fc.record({ id: fc.constantFrom("a", "plane-bridge-builder") }, { requiredKeys: [] }),
          ),
        },
        { requiredKeys: [] },
      ),
      tools: fc.dictionary(fc.string(), fc.jsonValue()),
      channels: fc.dictionary(fc.string(), fc.jsonValue()),
    },
    { requiredKeys: [] },
  )
  // As it is read from a file.
  .map((value) => JSON.parse(JSON.stringify(value)) as Json);

/** The same with the keys of every object the other way round. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, inner]) => [key, reversed(inner)]),
  );
}

test("rendering what was rendered changes nothing, and leaves its inputs as they were", () => {
  fc.assert(
    fc.property(base, (given) => {
      const before = structuredClone(given);
      const once = rendered("2026.2.26", given);
      assert.deepEqual(given, before);
      assert.deepEqual(rendered("2026.2.26", once), once);
    }),
  );
});

test("the file's text does not depend on the order of keys", () => {
  fc.assert(
    fc.property(base, (given) => {
      const text = configurationText(rendered("2026.2.26", given));
      assert.equal(configurationText(rendered("2026.2.26", reversed(given) as Json)), text);
      assert.deepEqual(JSON.parse(text), JSON.parse(JSON.stringify(rendered("2026.2.26", given))));
    }),
  );
});

test("no agent of the base is lost, and each is sandboxed", () => {
  fc.assert(
    fc.property(base, (given) => {
      const { agents } = of(given);
      const theirs = ((given["agents"] as Json | undefined)?.["list"] ?? []) as {
        id: string;
        name?: string;
      }[];
      for (const { id, name } of theirs) {
        assert.ok(
          agents.list.some((agent) => agent.id === id && (name === undefined || agent.name === name)),
          id,
        );
      }
      for (const { sandbox } of agents.list) assert.equal(sandbox.mode, "all");
    }),
  );
});

test("OPENCLAW-08: merging gives tools that create to nobody but the concierge, and the rules refuse a base that does", () => {
  const creates = [
    "plane_create_task",
    "plane_create_project",
    "plane_plan",
    "plane-bridge",
    "group:plugins",
  ];
  const gated = (configuration: Configuration) =>
    configuration.agents.list
      .filter(({ id }) => id !== "concierge")
      .flatMap(({ tools }) => Object.values(tools ?? {}).flat())
      .filter((name) => creates.includes(name as string));
  fc.assert(
    fc.property(base, (given) => {
      const configuration = of(given);
      const theirs = ((given["agents"] as Json | undefined)?.["list"] ??
        []) as Configuration["agents"]["list"];
      const before = gated({ agents: { list: theirs } } as Configuration);
      assert.deepEqual(gated(configuration).toSorted(), before.toSorted());
      const problems = configurationProblems("2026.2.26", configuration as unknown as Json);
      assert.equal(
        problems.some((sentence) => sentence.includes("OPENCLAW-08")),
        before.length > 0,
      );
    }),
    { numRuns: 50 },
  );
});

test("a key that is a name of JavaScript's own is a key like any other", () => {
  const given = JSON.parse('{"channels":{"__proto__":{"polluted":true},"constructor":1}}') as Json;
  const configuration = renderConfiguration("2026.2.26", given, { channels: { toString: 2 } });
  assert.equal(({} as Json)["polluted"], undefined);
  assert.ok(Object.hasOwn(configuration["channels"] as Json, "__proto__"));
});
