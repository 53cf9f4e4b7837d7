import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { configurationText, type Json } from "../../components/openclaw/configuration.ts";
import { schemaFaults } from "../../components/openclaw/rules/schema.ts";
import { configurationProblems, variableProblems } from "../../components/openclaw/rules.ts";
import { OPENCLAW_VERSIONS, type OpenclawVersion } from "../../components/openclaw/version.ts";
import { rendered } from "../support/openclawConfiguration.ts";

const [V23, V26] = OPENCLAW_VERSIONS;

const problemsOf = (version: OpenclawVersion, base: Json) =>
  configurationProblems(version, rendered(version, base));
const telegram = (settings: Json): Json => ({ channels: { telegram: settings } });
const docker = (settings: Json): Json => ({ agents: { defaults: { sandbox: { docker: settings } } } });
const defaults = (settings: Json): Json => ({ agents: { defaults: settings } });
const builder = (settings: Json): Json => ({ agents: { list: [{ id: "builder", ...settings }] } });
const reference = { source: "env", provider: "default", id: "PLANE_KEY" };

/** Configurations that the gateways refused when they were tried (contracts/openclaw), and the place that each named. */
const REFUSED_BY_BOTH: Record<string, [string, Json]> = {
  "an agent's environment": ["agents.list.0.env", builder({ env: { A: "1" } })],
  "an agent's MCP servers": ["agents.list.0.mcp", builder({ mcp: {} })],
  "no AppArmor": [
    "agents.list.0.sandbox.docker.apparmorProfile",
    builder({ sandbox: { docker: { apparmorProfile: "unconfined" } } }),
  ],
  "a bind from a relative path": ["agents.defaults.sandbox.docker.binds", docker({ binds: ["vol:/data"] })],
  "skills in the defaults": ["agents.defaults.skills", defaults({ skills: [] })],
  "MCP servers": ["mcp", { mcp: { servers: {} } }],
  "MCP servers by another name": ["mcpServers", { mcpServers: {} }],
  "memory beside the sandbox's docker": [
    "agents.defaults.sandbox.memory",
    defaults({ sandbox: { memory: "1g" } }),
  ],
  "no seccomp": ["agents.defaults.sandbox.docker.seccompProfile", docker({ seccompProfile: "unconfined" })],
  "a reference in a skill's environment": [
    "skills.entries.plane-bridge.env.A",
    { skills: { entries: { "plane-bridge": { env: { A: reference } } } } },
  ],
  "agents to spawn in the defaults": [
    "agents.defaults.subagents.allowAgents",
    defaults({ subagents: { allowAgents: ["*"] } }),
  ],
  "an agent's own number of sub-agents": [
    "agents.list.0.subagents.maxConcurrent",
    builder({ subagents: { maxConcurrent: 2 } }),
  ],
  "an open door without everybody": ["channels.telegram.allowFrom", telegram({ dmPolicy: "open" })],
  "a policy at the top": ["dmPolicy", { dmPolicy: "allowlist" }],
  "a plugin that there is not": ["plugins.allow", { plugins: { allow: ["no-such-plugin"] } }],
};
/** Those of which a gateway reports no schema, or that no schema can tell; found with both packages' own programs. */
const REFUSED_WITHOUT_SCHEMA: Record<string, [string, Json]> = {
  "a key that Telegram does not have": ["channels.telegram.kaneo", telegram({ kaneo: 1 })],
  "a policy that Telegram does not have": ["channels.telegram.dmPolicy", telegram({ dmPolicy: "everyone" })],
  "a webhook of Telegram's without its secret": [
    "channels.telegram.webhookSecret",
    telegram({ webhookUrl: "https://work.example.org/telegram" }),
  ],
  "a channel that there is not": ["channels.telegrm", { channels: { telegrm: {} } }],
  "an agent's list for a provider and an addition to it": [
    "agents.list.0.tools.byProvider.litellm.alsoAllow",
    builder({ tools: { byProvider: { litellm: { allow: ["read"], alsoAllow: ["exec"] } } } }),
  ],
  "a size in words": [
    "session.maintenance.rotateBytes",
    { session: { maintenance: { rotateBytes: "ten" } } },
  ],
  "a duration in words": ["cron.sessionRetention", { cron: { sessionRetention: "a day" } }],
  "a broadcast to nobody": ["broadcast.family.0", { broadcast: { family: ["nobody"] } }],
};
/** Those that only 2026.2.23 refused. */
const REFUSED_BY_23: Record<string, [string, Json]> = {
  acp: ["acp", { acp: { enabled: false } }],
  "a heartbeat's policy": [
    "agents.defaults.heartbeat.directPolicy",
    defaults({ heartbeat: { directPolicy: "block" } }),
  ],
  secrets: ["secrets", { secrets: {} }],
  "a reference for a skill's key": [
    "skills.entries.plane-bridge.apiKey",
    { skills: { entries: { "plane-bridge": { apiKey: reference } } } },
  ],
  "settings of a plugin that there is not": [
    "plugins.entries.no-such-plugin",
    { plugins: { entries: { "no-such-plugin": { enabled: true } } } },
  ],
};
/** Those that only 2026.2.26 refused, and that are as wrong for 2026.2.23, where they fail without a word. */
const REFUSED_FOR_ALL: Record<string, [string, Json]> = {
  "an empty list of people": [
    "channels.telegram.allowFrom",
    telegram({ dmPolicy: "allowlist", allowFrom: [] }),
  ],
  "no list of people": ["channels.telegram.allowFrom", telegram({ dmPolicy: "allowlist" })],
};

/** Lines of a list of problems that say where: the mending ones are indented. */
const places = (problems: readonly string[]) => problems.map((sentence) => sentence.split(/:? /)[0]);

for (const [what, [path, base]] of Object.entries({
  ...REFUSED_BY_BOTH,
  ...REFUSED_WITHOUT_SCHEMA,
  ...REFUSED_FOR_ALL,
})) {
  test(`OPENCLAW-UPG-01: ${what}: refused for both versions, once, with its place and what mends it`, () => {
    for (const version of OPENCLAW_VERSIONS) {
      const problems = problemsOf(version, base);
      assert.deepEqual(places(problems), [path]);
      assert.match(problems[0] ?? "", /\n {4}(edit|remove|add|pulumi config set) .*openclaw:configFile/);
    }
  });
}

for (const [what, [path, base]] of Object.entries(REFUSED_BY_23)) {
  test(`OPENCLAW-UPG-09: ${what}: fine with 2026.2.26, refused on the way back to 2026.2.23`, () => {
    assert.deepEqual(places(problemsOf(V23, base)), [path]);
    assert.deepEqual(problemsOf(V26, base), []);
  });
}

test("OPENCLAW-UPG-09: the way back says that the key is 2026.2.26's, and both ways out", () => {
  const [sentence] = problemsOf(V23, { secrets: {} });
  assert.equal(
    sentence,
    "secrets: found a key that 2026.2.23 does not know; allowed: keys that it knows; 2026.2.26 knows this one\n" +
      "    remove secrets from the file of openclaw:configFile, or: pulumi config set openclaw:version 2026.2.26",
  );
});

/** Configurations that the gateways of both versions took when they were tried. */
const ACCEPTED: Record<string, Json> = {
  "numeric ids": telegram({ dmPolicy: "allowlist", allowFrom: [123456789] }),
  "ids as texts": telegram({ dmPolicy: "allowlist", allowFrom: ["123456789"] }),
  "groups with a list": telegram({ groupPolicy: "allowlist", groupAllowFrom: [1], groups: { "*": {} } }),
  "an account that inherits": telegram({
    dmPolicy: "allowlist",
    allowFrom: [1],
    accounts: { other: { botToken: "${OTHER_BOT_TOKEN}" } },
  }),
  "an agent's skills": builder({ skills: ["plane-bridge"], subagents: { allowAgents: ["writer"] } }),
  "a seccomp profile of one's own": docker({ seccompProfile: "/etc/openclaw/seccomp.json" }),
  cron: {
    cron: { enabled: true, maxConcurrentRuns: 2, sessionRetention: "1d12h", runLog: { maxBytes: "2mb" } },
  },
  "a list of tools and an addition to it, where the overlay adds too": {
    tools: { allow: ["read"], alsoAllow: ["exec"] },
  },
  "a webhook of Telegram's with its secret": telegram({
    webhookUrl: "https://work.example.org/telegram",
    webhookSecret: "${TELEGRAM_WEBHOOK_SECRET}",
  }),
  "messages by sender": { session: { dmScope: "per-channel-peer" } },
  "a file that a later version wrote": { meta: { lastTouchedVersion: "2026.9.1" } },
};
for (const [what, base] of Object.entries(ACCEPTED)) {
  test(`OPENCLAW-UPG-01: ${what}: accepted for both versions`, () => {
    for (const version of OPENCLAW_VERSIONS) assert.deepEqual(problemsOf(version, base), []);
  });
}

test("OPENCLAW-UPG-14: an allowlist of nobody is refused for each account, with what each version makes of it", () => {
  const base = telegram({ dmPolicy: "allowlist", allowFrom: [1], accounts: { other: { allowFrom: [] } } });
  assert.deepEqual(places(problemsOf(V26, base)), ["channels.telegram.accounts.other.allowFrom"]);
  assert.match(problemsOf(V26, base).join(), /2026\.2\.26 does not start without/);
  assert.match(
    problemsOf(V23, base).join(),
    /2026\.2\.23 starts, and drops every direct message without a word/,
  );
  assert.match(problemsOf(V26, base).join(), /your own numeric id, like \[123456789\]/);
});

test("OPENCLAW-UPG-14: a channel that is switched off is not looked at", () => {
  assert.deepEqual(problemsOf(V26, telegram({ enabled: false, dmPolicy: "allowlist" })), []);
});

test("OPENCLAW-UPG-14: groups in which nobody may speak are refused from 2026.2.25 on", () => {
  const groups = { "-100": { requireMention: true } };
  assert.deepEqual(places(problemsOf(V26, telegram({ groups }))), ["channels.telegram.groupAllowFrom"]);
  assert.deepEqual(problemsOf(V23, telegram({ groups })), []);
  for (const more of [
    { groupAllowFrom: [1] },
    { allowFrom: [1] },
    { groupPolicy: "open" },
    { groups: { "-100": { allowFrom: [1] } } },
    { groups: { "-100": { topics: { "7": { allowFrom: [1] } } } } },
  ]) {
    assert.deepEqual(problemsOf(V26, telegram({ groups, ...more })), []);
  }
});

test("the Control UI beyond loopback needs to know where it is opened from", () => {
  const base = { gateway: { controlUi: { enabled: true } } };
  assert.deepEqual(places(problemsOf(V26, base)), ["gateway.controlUi.allowedOrigins"]);
  const allowedOrigins = ["https://openclaw.example.org"];
  assert.deepEqual(problemsOf(V26, { gateway: { controlUi: { enabled: true, allowedOrigins } } }), []);
});

test("a list of plugins names the channels that are set up, and none of what is needed is denied or switched off", () => {
  const channel = telegram({ dmPolicy: "allowlist", allowFrom: [1] });
  const withPlugins = (plugins: Json) => places(problemsOf(V26, { ...channel, plugins }));
  assert.deepEqual(withPlugins({ allow: ["slack"] }), ["plugins.allow"]);
  assert.deepEqual(withPlugins({ allow: ["telegram"] }), []);
  assert.deepEqual(withPlugins({ deny: ["plane-bridge"] }), ["plugins.deny"]);
  assert.deepEqual(withPlugins({ enabled: false }), ["plugins.enabled"]);
});

test("a plugin from a folder of the user's own may have any name", () => {
  const plugins = {
    allow: ["mine"],
    load: { paths: ["/opt/plugins/mine"] },
    entries: { mine: { enabled: true } },
  };
  for (const version of OPENCLAW_VERSIONS) assert.deepEqual(problemsOf(version, { plugins }), []);
});

test("OPENCLAW-UPG-15: nothing leads an agent out of its sandbox", () => {
  const leads: Json[] = [
    builder({ sandbox: { docker: { binds: ["/var/run/docker.sock:/var/run/docker.sock"] } } }),
    docker({ binds: ["/opt/javisi/data/openclaw:/state:ro"] }),
    docker({ dangerouslyAllowContainerNamespaceJoin: true }),
    builder({ tools: { exec: { host: "gateway" } } }),
    { tools: { exec: { host: "node" } } },
    builder({ sandbox: { browser: { allowHostControl: true } } }),
    builder({ workspace: "/opt/javisi/data/openclaw/system" }),
  ];
  for (const base of leads) {
    assert.equal(problemsOf(V26, base).length, 1, JSON.stringify(base));
  }
  // What of the overlay an own configuration leaves out.
  const problems = configurationProblems(V26, {
    agents: { list: [{ id: "main", sandbox: { docker: { network: "container:javisi_openclaw" } } }] },
  }).join("\n");
  for (const said of [
    /agents\.defaults\.sandbox\.mode is not set/,
    /agent main: sandbox\.mode is not set/,
    /tools\.elevated\.enabled is not set/,
    /agent main: sandbox\.docker\.network is "container:javisi_openclaw"/,
  ]) {
    assert.match(problems, said);
  }
});

test("the network of another container, or the host's, is refused for both versions", () => {
  for (const network of ["host", "container:javisi_redis"]) {
    const agents = { defaults: { sandbox: { mode: "all", docker: { network } } } };
    for (const version of OPENCLAW_VERSIONS) {
      assert.match(
        configurationProblems(version, { ...rendered(version), agents }).join("\n"),
        new RegExp(`agents\\.defaults\\.sandbox\\.docker\\.network is "${network}"`),
      );
    }
  }
});

test("agents are there once, one of them is the default, and only those that are there are named", () => {
  const list = [{ id: "guest", default: true }, { id: "Guest" }, { id: "builder", default: true }];
  assert.deepEqual(places(problemsOf(V26, { agents: { list } })), [
    "agents.list.1.id",
    "agents.list.2.default",
  ]);
  const hooks = {
    allowedAgentIds: ["nobody"],
    mappings: [{ id: "mail", action: "agent", agentId: "imhotep" }],
  };
  assert.deepEqual(places(problemsOf(V26, { hooks })), [
    "hooks.allowedAgentIds.0",
    "hooks.mappings.10.agentId",
  ]);
});

test("a secret in clear is refused without being shown, with the commands that put it where it is encrypted", () => {
  const secret = "123456:very-secret";
  const base = {
    ...telegram({ botToken: secret }),
    models: { providers: { litellm: { baseUrl: "http://litellm:4000/v1", apiKey: secret, models: [] } } },
    env: { vars: { OPENAI_API_KEY: secret } },
    skills: { entries: { a: { env: { DATABASE: `postgres://me:${secret}@postgresql/a` } } } },
  };
  const problems = problemsOf(V26, base);
  assert.deepEqual(places(problems).toSorted(), [
    "channels.telegram.botToken",
    "env.vars.OPENAI_API_KEY",
    "models.providers.litellm.apiKey",
    "skills.entries.a.env.DATABASE",
  ]);
  assert.ok(!problems.join().includes(secret));
  assert.equal(
    problems.find((sentence) => sentence.includes("botToken")),
    'channels.telegram.botToken: found a secret in clear, which is not shown; allowed: "${TELEGRAM_BOT_TOKEN}", with the ' +
      "secret in openclaw:environment\n    pulumi config set --secret --path 'openclaw:environment.TELEGRAM_BOT_TOKEN', " +
      "then edit channels.telegram.botToken in the file of openclaw:configFile",
  );
});

test("a secret of the wrong kind is not shown either", () => {
  const problems = problemsOf(V26, { gateway: { remote: { token: 123456 } } });
  assert.equal(problems.length, 1);
  assert.match(problems.join(), /gateway\.remote\.token: found a value that is not shown; allowed: a text/);
});

test("a reference to a variable that the gateway does not get is refused: it would not start", () => {
  const configuration = rendered(V26, telegram({ botToken: "${TELEGRAM_BOT_TOKEN}" }));
  const variables = ["OPENCLAW_GATEWAY_TOKEN", "PLANE_BRIDGE_HOOKS_TOKEN"];
  assert.deepEqual(variableProblems(configuration, variables), [
    "channels.telegram.botToken: found a reference to TELEGRAM_BOT_TOKEN, which is not set; allowed: names of " +
      "openclaw:environment\n    pulumi config set --secret --path 'openclaw:environment.TELEGRAM_BOT_TOKEN'",
  ]);
  assert.deepEqual(variableProblems(configuration, [...variables, "TELEGRAM_BOT_TOKEN"]), []);
});

test("a value that does not fit is named with what was found and all that is allowed", () => {
  const configuration = { ...rendered(V26), gateway: { bind: "0.0.0.0", controlUi: { enabled: false } } };
  assert.deepEqual(configurationProblems(V26, configuration), [
    'gateway.bind: found "0.0.0.0"; allowed: "auto" or "lan" or "loopback" or "custom" or "tailnet"\n' +
      "    edit gateway.bind in the file of openclaw:configFile",
  ]);
  const agents = { defaults: { subagents: { maxChildrenPerAgent: 21 } } };
  const [tooMany] = configurationProblems(V26, { agents });
  assert.match(
    tooMany ?? "",
    /^agents\.defaults\.subagents\.maxChildrenPerAgent: found 21; allowed: it must be <= 20/,
  );
});

test("OPENCLAW-UPG-01: all problems are said at once", () => {
  const problems = problemsOf(V26, {
    kaneo: {},
    ...telegram({ dmPolicy: "allowlist", botToken: "1:a" }),
    plugins: { allow: ["slack"] },
    agents: { list: "none" },
  });
  assert.deepEqual(places(problems).toSorted(), [
    "agents.list",
    "channels.telegram.allowFrom",
    "channels.telegram.botToken",
    "kaneo",
    "plugins.allow",
  ]);
});

const goodBase = fc.subarray(Object.values(ACCEPTED)).map((parts): Json => Object.assign({}, ...parts));

test("good parts make a good whole, and it validates as the text that the gateway reads", () => {
  fc.assert(
    fc.property(goodBase, fc.constantFrom(...OPENCLAW_VERSIONS), (base, version) => {
      const configuration = JSON.parse(configurationText(rendered(version, base))) as Json;
      assert.deepEqual(configurationProblems(version, configuration), []);
      assert.deepEqual(schemaFaults(version, configuration), []);
    }),
  );
});

test("one bad part is named, whatever good ones are around it", () => {
  const refused = fc.constantFrom(...Object.values({ ...REFUSED_BY_BOTH, ...REFUSED_FOR_ALL }));
  fc.assert(
    fc.property(goodBase, refused, fc.constantFrom(...OPENCLAW_VERSIONS), (base, [path, bad], version) => {
      assert.deepEqual([...new Set(places(problemsOf(version, { ...base, ...bad })))], [path]);
    }),
  );
});

test("whatever a base holds, the rules answer in sentences", () => {
  const keys = fc.constantFrom(
    "agents",
    "channels",
    "plugins",
    "hooks",
    "tools",
    "gateway",
    "bindings",
    "telegram",
  );
  const inner = fc.constantFrom(
    "list",
    "defaults",
    "telegram",
    "allow",
    "mappings",
    "sandbox",
    "docker",
    "accounts",
  );
  const base = fc
    .dictionary(keys, fc.oneof(fc.jsonValue(), fc.dictionary(inner, fc.jsonValue())))
    .map((value) => JSON.parse(JSON.stringify(value)) as Json);
  fc.assert(
    fc.property(base, (given) => {
      for (const sentence of [...problemsOf(V26, given), ...configurationProblems(V23, given)]) {
        assert.match(sentence, /^\S.*\n {4}\S.*$/);
      }
    }),
  );
});
