import assert from "node:assert/strict";
import { test } from "node:test";
import { type ConfigContext, ConfigError, parseConfig } from "../../config.ts";
import { readVersions } from "../../versions.ts";

const SECRETS = [
  "platform:postgresqlPassword",
  "platform:redisPassword",
  "plane:accounts",
  "plane:secretKey",
  "notifications:n8nApiKey",
  "notifications:telegramToken",
];

function context(overrides: Partial<ConfigContext> = {}): ConfigContext {
  return {
    project: "plane-ops",
    stack: "local",
    directory: "/srv/plane-ops",
    images: readVersions().images,
    secretKeys: new Set(SECRETS),
    ...overrides,
  };
}

const PROD = {
  "platform:mode": "existing",
  "platform:domain": "ewutelo.cloud",
  "platform:postgresqlPassword": "correct horse",
  "platform:redisPassword": "battery staple",
  "plane:adminEmail": "ada@ewutelo.cloud",
};

function problemsOf(raw: Record<string, string>, overrides: Partial<ConfigContext> = {}): readonly string[] {
  try {
    parseConfig(raw, context(overrides));
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

test("INFRA-06: a stack without any configuration gets the limits that were asked for", () => {
  const { limits, mode, protect } = parseConfig({}, context());
  assert.deepEqual(limits.web, { memory: 256, cpus: 0.25 });
  assert.deepEqual(limits.api, { memory: 384, cpus: 0.5 });
  assert.deepEqual(limits.worker, { memory: 256, cpus: 0.25 });
  assert.equal(mode, "embedded");
  assert.equal(protect, false);
});

test("the inside of a Plane that something else runs is protected: a destroy would lose its passwords", () => {
  const settings = { "plane:deploy": "false", "plane:url": "https://plane.example.org" };
  const found = parseConfig({ ...settings, "plane:adminEmail": "ada@example.org" }, context());
  assert.equal(found.protect, true);
});

test("the existing platform is protected, below /opt/javisi, and keeps its secrets", () => {
  const config = parseConfig(PROD, context({ stack: "prod" }));
  assert.equal(config.protect, true);
  assert.equal(config.root, "/opt/javisi");
  assert.equal(config.secrets.postgresqlPassword, "correct horse");
});

test("a limit that is set changes its part and leaves the others at their defaults", () => {
  const { limits } = parseConfig({ "plane:limits": '{"api":{"memory":"1g"}}' }, context());
  assert.deepEqual(limits.api, { memory: 1024, cpus: 0.5 });
  assert.deepEqual(limits.web, { memory: 256, cpus: 0.25 });
});

test("plane:version changes the tag of all three Plane images and of no other", () => {
  const { images } = parseConfig({ "plane:version": "v1.4.0" }, context());
  const { planeBackend, planeFrontend, planeAdmin, postgresql } = images;
  for (const image of [planeBackend, planeFrontend, planeAdmin]) assert.match(image, /:v1\.4\.0$/);
  assert.equal(postgresql, readVersions().images.postgresql);
});

test("keys of other programs are none of our business", () => {
  assert.deepEqual(problemsOf({ "aws:region": "eu-west-3", "grafana:url": "http://grafana:3000" }), []);
});

/** Wrong value, the key that the message must name, and the command that it must offer. */
const WRONG: [title: string, raw: Record<string, string>, key: string, command: string][] = [
  ["an unknown mode", { "platform:mode": "hybrid" }, "platform:mode", "set platform:mode existing"],
  ["an empty mode", { "platform:mode": "" }, "platform:mode", "set platform:mode existing"],
  ["a key that does not exist", { "platform:mod": "existing" }, "platform:mod", "rm platform:mod"],
  ["a Plane key that does not exist", { "plane:versions": "v1.3.1" }, "plane:versions", "rm plane:versions"],
  [
    "a prefix with capitals",
    { "platform:prefix": "Javisi" },
    "platform:prefix",
    "set platform:prefix javisi",
  ],
  ["a prefix of one letter", { "platform:prefix": "j" }, "platform:prefix", "set platform:prefix javisi"],
  [
    "a prefix with a hyphen",
    { "platform:prefix": "ja-visi" },
    "platform:prefix",
    "set platform:prefix javisi",
  ],
  [
    "a prefix that starts with a digit",
    { "platform:prefix": "1javisi" },
    "platform:prefix",
    "set platform:prefix",
  ],
  [
    "a domain with a scheme",
    { "platform:domain": "https://ewutelo.cloud" },
    "platform:domain",
    "set platform:domain",
  ],
  [
    "a domain with a port",
    { "platform:domain": "ewutelo.cloud:443" },
    "platform:domain",
    "set platform:domain",
  ],
  [
    "a domain with an empty label",
    { "platform:domain": "ewutelo..cloud" },
    "platform:domain",
    "set platform:domain",
  ],
  ["a relative root", { "platform:root": "opt/javisi" }, "platform:root", "set platform:root /opt/javisi"],
  ["the root folder as root", { "platform:root": "/" }, "platform:root", "set platform:root /opt/javisi"],
  ["a root with a space", { "platform:root": "/opt/my platform" }, "platform:root", "set platform:root"],
  ["a root with a colon", { "platform:root": "/opt/a:b" }, "platform:root", "set platform:root"],
  [
    "protect that is not a boolean",
    { "platform:protect": "yes" },
    "platform:protect",
    "set platform:protect true",
  ],
  ["adopt that is not a boolean", { "platform:adopt": "1" }, "platform:adopt", "set platform:adopt true"],
  [
    "a budget without a unit",
    { "platform:memoryBudget": "3000" },
    "platform:memoryBudget",
    "set platform:memoryBudget",
  ],
  [
    "a budget in a unit of disks",
    { "platform:memoryBudget": "3GB" },
    "platform:memoryBudget",
    "set platform:memoryBudget",
  ],
  [
    "a public subnet",
    { "platform:subnetPrefix": "8.8" },
    "platform:subnetPrefix",
    "set platform:subnetPrefix 172.20",
  ],
  [
    "a whole subnet as prefix",
    { "platform:subnetPrefix": "172.20.1.0/24" },
    "platform:subnetPrefix",
    "set platform",
  ],
  [
    "a subnet outside of 172.16/12",
    { "platform:subnetPrefix": "172.32" },
    "platform:subnetPrefix",
    "set platform",
  ],
  [
    "clients that are not JSON",
    { "platform:allowedClients": "100.64.0.0/10" },
    "platform:allowedClients",
    "set platform",
  ],
  [
    "a client range without a mask",
    { "platform:allowedClients": '["100.64.0.0"]' },
    "platform:allowedClients.0",
    "set",
  ],
  ["no client ranges at all", { "platform:allowedClients": "[]" }, "platform:allowedClients", "set platform"],
  [
    "an address that is a name",
    { "platform:publishAddress": "localhost" },
    "platform:publishAddress",
    "set platform",
  ],
  ["port 0", { "platform:httpPort": "0" }, "platform:httpPort", "set platform:httpPort 8081"],
  ["a port above 65535", { "platform:httpPort": "65536" }, "platform:httpPort", "set platform:httpPort 8081"],
  [
    "a port that is a name",
    { "platform:httpPort": "http" },
    "platform:httpPort",
    "set platform:httpPort 8081",
  ],
  ["a floating version", { "plane:version": "latest" }, "plane:version", "set plane:version v1.3.1"],
  ["a version without its v", { "plane:version": "1.3.1" }, "plane:version", "set plane:version v1.3.1"],
  [
    "a rate without a unit",
    { "plane:apiRateLimit": "100" },
    "plane:apiRateLimit",
    "set plane:apiRateLimit 100/minute",
  ],
  ["a rate of zero", { "plane:apiRateLimit": "0/minute" }, "plane:apiRateLimit", "set plane:apiRateLimit"],
  [
    "one database for cache and broker",
    { "plane:redisDatabases": '{"cache":8,"broker":8}' },
    "plane:redisDatabases",
    "set",
  ],
  [
    "a database above 15",
    { "plane:redisDatabases": '{"cache":16,"broker":9}' },
    "plane:redisDatabases.cache",
    "set plane",
  ],
  [
    "no gunicorn workers",
    { "plane:gunicornWorkers": "0" },
    "plane:gunicornWorkers",
    "set plane:gunicornWorkers 1",
  ],
  ["limits that are not JSON", { "plane:limits": "api=512m" }, "plane:limits", "set --path"],
  [
    "a limit for an unknown service",
    { "plane:limits": '{"apii":{"memory":"512m"}}' },
    "plane:limits",
    "set --path",
  ],
  [
    "a limit below what starts",
    { "plane:limits": '{"api":{"memory":"8m"}}' },
    "plane:limits.api.memory",
    "set --path",
  ],
  ["no CPU at all", { "plane:limits": '{"api":{"cpus":0}}' }, "plane:limits.api.cpus", "set --path"],
  [
    "a docker host over tcp",
    { "docker:host": "tcp://10.0.0.1:2375" },
    "docker:host",
    "set docker:host ssh://",
  ],
  [
    "a docker host without a scheme",
    { "docker:host": "vps.ewutelo.cloud" },
    "docker:host",
    "set docker:host ssh://",
  ],
  ["ssh options as one text", { "docker:sshOpts": "-i key" }, "docker:sshOpts", "set docker:sshOpts"],
  [
    "a way of polling that does not exist",
    { "agents:polling": "webhook" },
    "agents:polling",
    "set agents:polling plugin",
  ],
  ["a poll at every moment", { "agents:pollMinutes": "0" }, "agents:pollMinutes", "set agents:pollMinutes 5"],
  [
    "a pause of an agent that does not exist",
    { "agents:paused": "imhotep,imotep" },
    "agents:paused",
    "set agents:paused all",
  ],
  ["a budget with a unit", { "agents:budget": "250 USD" }, "agents:budget", "set agents:budget 250"],
  ["a negative budget", { "agents:budget": "-1" }, "agents:budget", "set agents:budget 250"],
  [
    "work that costs nothing",
    { "agents:costPerHour": "0" },
    "agents:costPerHour",
    "set agents:costPerHour 2",
  ],
  [
    "an OpenClaw that nobody knows",
    { "openclaw:version": "2026.3.1" },
    "openclaw:version",
    "set openclaw:version",
  ],
  ["an image with a tag", { "openclaw:image": "openclaw:latest" }, "openclaw:image", "set openclaw:image"],
  [
    "a way around seccomp",
    { "openclaw:seccomp": "unconfined" },
    "openclaw:seccomp",
    "set openclaw:seccomp profile",
  ],
  [
    "a base from elsewhere",
    { "openclaw:configFile": "../openclaw.json" },
    "openclaw:configFile",
    "set openclaw:configFile openclaw.json",
  ],
  [
    "a day that is none",
    { "openclaw:backupDate": "2026-02-30" },
    "openclaw:backupDate",
    "set openclaw:backupDate 2026-02-28",
  ],
  ["a gateway without the bridge", { "openclaw:enabled": "true" }, "agents:bridge", "set agents:bridge true"],
  ["a bridge that is half there", { "agents:bridge": "yes" }, "agents:bridge", "set agents:bridge true"],
  [
    "a chat that is none",
    { "notifications:chat": "ops" },
    "notifications:chat",
    "set notifications:chat 987654321",
  ],
  [
    "a time zone that is none",
    { "notifications:timeZone": "Paris" },
    "notifications:timeZone",
    "set notifications:timeZone Europe/Paris",
  ],
  [
    "chats that are no list",
    { "notifications:commandChats": "42" },
    "notifications:commandChats",
    "set notifications:commandChats '[",
  ],
  [
    "a Caddy that has the module or not",
    { "caddy:rateLimitModule": "perhaps" },
    "caddy:rateLimitModule",
    "set caddy:rateLimitModule true",
  ],
  ["an agents key that does not exist", { "agents:pause": "all" }, "agents:pause", "rm agents:pause"],
];

for (const [title, raw, key, command] of WRONG) {
  test(`${title} is refused with the key, what is allowed and the command that mends it`, () => {
    const problems = problemsOf(raw);
    assert.equal(problems.length, 1);
    assert.ok(problems[0]?.startsWith(`${key}: found `), problems[0]);
    assert.match(problems[0] ?? "", /; allowed: \S/);
    assert.ok(problems[0]?.includes(`pulumi config ${command}`), problems[0]);
    assert.match(problems[0] ?? "", /--stack local$/);
  });
}

test("the existing platform without its four necessary values names all four at once", () => {
  const problems = problemsOf({ "platform:mode": "existing" });
  assert.deepEqual(
    problems.map((problem) => problem.split(": ")[0]),
    ["platform:domain", "platform:postgresqlPassword", "platform:redisPassword", "plane:adminEmail"],
  );
  assert.match(problems[1] ?? "", /pulumi config set --secret platform:postgresqlPassword --stack local$/);
});

test("all problems of a configuration are told in one message", () => {
  const problems = problemsOf({
    "platform:mode": "x",
    "platform:prefix": "X",
    "platform:httpPort": "x",
    "plane:nope": "1",
  });
  assert.equal(problems.length, 4);
});

test("a secret that is stored in clear text is refused, and its value is not repeated", () => {
  const [problem = ""] = problemsOf({ ...PROD }, { secretKeys: new Set(["platform:redisPassword"]) });
  assert.match(problem, /^platform:postgresqlPassword: found a value in clear text/);
  assert.ok(!problem.includes("correct horse"));
});

test("a secret that is too short is refused, and its value is not repeated", () => {
  const [problem = ""] = problemsOf({ ...PROD, "platform:redisPassword": "hunter2" });
  assert.match(problem, /^platform:redisPassword: found a value that does not fit/);
  assert.ok(!problem.includes("hunter2"));
});

test("a DOCKER_HOST that we cannot follow is refused by its own name", () => {
  const [problem = ""] = problemsOf({}, { dockerHost: "tcp://10.0.0.1:2375" });
  assert.match(problem, /^DOCKER_HOST: found "tcp:/);
});

test("PROV-01: without configuration the workspace is javisi, with the example project, and agents live at javisi.local", () => {
  const config = parseConfig({}, context());
  assert.deepEqual(config.workspace, { slug: "javisi", name: "Javisi" });
  assert.equal(config.onboarding, true);
  assert.equal(config.adminEmail, "admin@javisi.local");
  assert.equal(config.emailDomain, "javisi.local");
});

test("a Plane that something else runs needs its address and the human's, and nothing of the platform", () => {
  const problems = problemsOf({ "plane:deploy": "false", "platform:mode": "existing" });
  assert.deepEqual(
    problems.map((problem) => problem.split(": ")[0]),
    ["plane:url", "plane:adminEmail"],
  );
  const config = parseConfig(
    {
      "plane:deploy": "false",
      "plane:url": "https://plane.example.org",
      "plane:adminEmail": "ada@example.org",
    },
    context(),
  );
  assert.equal(config.planeUrl, "https://plane.example.org");
});

test("AUTH-04: plane:rotateTokens takes one account, several, or all of the eleven that have a token", () => {
  const rotate = (value: string) => parseConfig({ "plane:rotateTokens": value }, context()).rotateTokens;
  assert.deepEqual(rotate("imhotep"), ["imhotep"]);
  assert.deepEqual(rotate("imhotep, thot"), ["imhotep", "thot"]);
  assert.equal(rotate("all").length, 11);
  assert.match(
    problemsOf({ "plane:rotateTokens": "imotep" })[0] ?? "",
    /found "imotep"; allowed: all, or a list/,
  );
});

test("a token that was given cannot be rotated by us, and the message says how to hand it over", () => {
  const [problem = ""] = problemsOf({
    "plane:rotateTokens": "all",
    "plane:accounts": JSON.stringify({ thot: { token: "plane_api_given" } }),
  });
  assert.match(problem, /^plane:rotateTokens: found thot, whose token stands in plane:accounts/);
  assert.match(problem, /pulumi config rm --path 'plane:accounts\.thot\.token'/);
});

test("credentials of an account that does not exist here are refused, without their value", () => {
  const [problem = ""] = problemsOf({
    "plane:accounts": JSON.stringify({ nobody: { password: "sesame open" } }),
  });
  assert.match(problem, /^plane:accounts: found a value that does not fit; .*imhotep/);
  assert.ok(!problem.includes("sesame"));
});

test("OPENCLAW-09: without configuration the bridge is not installed, and would look every 5 minutes, for all and without a budget", () => {
  const { bridge, agents } = parseConfig({}, context());
  assert.equal(bridge, false);
  assert.deepEqual(agents, { polling: "plugin", pollMinutes: 5, paused: [], costPerHour: 2 });
});

test("OPENCLAW-UPG-01, OPENCLAW-UPG-09: the version is one key, and without openclaw:enabled there is no gateway", () => {
  assert.equal(parseConfig({}, context()).openclaw, undefined);
  const enabled = { "agents:bridge": "true", "openclaw:enabled": "true" };
  assert.equal(parseConfig(enabled, context()).openclaw?.version, "2026.2.26");
  const back = { ...enabled, "openclaw:version": "2026.2.23", "openclaw:backupDate": "2026-02-28" };
  const { openclaw } = parseConfig(back, context());
  assert.deepEqual([openclaw?.version, openclaw?.backupDate], ["2026.2.23", "2026-02-28"]);
});

test("OPENCLAW-09, OPENCLAW-11: how the agents work is set by agents:*", () => {
  const { bridge, agents } = parseConfig(
    {
      "agents:bridge": "true",
      "agents:polling": "cron",
      "agents:pollMinutes": "10",
      "agents:paused": "imhotep, thot",
      "agents:budget": "99.50",
      "agents:costPerHour": "1.5",
    },
    context(),
  );
  assert.equal(bridge, true);
  assert.deepEqual(agents, {
    polling: "cron",
    pollMinutes: 10,
    paused: ["imhotep", "thot"],
    budget: 99.5,
    costPerHour: 1.5,
  });
  assert.deepEqual(parseConfig({ "agents:paused": "all" }, context()).agents.paused, ["all"]);
  assert.equal(parseConfig({ "agents:budget": "0" }, context()).agents.budget, 0);
});

test("NOTIF-03: notifications need a bot and a chat, and on the platform of prod its n8n", () => {
  const wanted = (raw: Record<string, string>) =>
    problemsOf({ ...raw, "notifications:enabled": "true" }).map((problem) => problem.split(":", 2).join(":"));
  const bot = ["notifications:telegramToken", "notifications:chat"];
  const n8n = ["notifications:n8nUrl", "notifications:n8nApiKey"];
  assert.deepEqual(wanted({}), bot);
  assert.deepEqual(wanted(PROD), [...bot, ...n8n]);
  assert.deepEqual(wanted({ "notifications:n8nUrl": "http://127.0.0.1:5678" }), [...bot, n8n[1]]);
});

test("NOTIF-06, NOTIF-08: alerts and commands are for the one chat unless others are named; the digest is off", () => {
  const { notifications } = parseConfig(
    {
      "notifications:enabled": "true",
      "notifications:telegramToken": "4242:a token of a bot",
      "notifications:chat": "-1001234567890",
    },
    context(),
  );
  assert.deepEqual(notifications, {
    telegramToken: "4242:a token of a bot",
    telegramUrl: "https://api.telegram.org",
    chat: "-1001234567890",
    alertChat: "-1001234567890",
    commandChats: ["-1001234567890"],
    timeZone: "Europe/Paris",
    digest: false,
  });
});
