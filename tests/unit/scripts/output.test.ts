import assert from "node:assert/strict";
import { test } from "node:test";
import { engineProblem } from "../../../scripts/setup/docker.ts";
import { endpointOf } from "../../../scripts/setup/engine.ts";
import { pullReason } from "../../../scripts/setup/images.ts";
import { elapsed, Progress } from "../../../scripts/setup/progress.ts";
import { describeChanges, EventReader, plain } from "../../../scripts/stack/events.ts";
import { summary } from "../../../scripts/stack/summary.ts";

test("elapsed time reads like a person says it", () => {
  assert.equal(elapsed(400), "0 s");
  assert.equal(elapsed(59_400), "59 s");
  assert.equal(elapsed(185_000), "3 min 05 s");
});

test("the closing summary names the URL, how to see each password, each limit and their sum, and what is off", () => {
  const text = summary({
    planeUrl: "http://work.localhost:8080",
    accounts: [
      { what: "Redis", user: "default", passwordOutput: "redisPassword" },
      { what: "PostgreSQL", user: "plane", passwordOutput: "databasePassword" },
    ],
    memory: { total: 640, budget: 6144, containers: { plane_api: 512, redis: 128 } },
    off: [{ what: "n8n", why: "needs a build of more than a minute (local:with)" }],
  });
  const expected = [
    "Plane is at http://work.localhost:8080",
    "  Redis       default  npm run -s pulumi -- stack output redisPassword --show-secrets -s local",
    "  PostgreSQL  plane    npm run -s pulumi -- stack output databasePassword --show-secrets -s local",
    "  plane_api    512 MiB",
    "  redis        128 MiB",
    "  sum          640 MiB of a budget of 6144 MiB",
    "  n8n: needs a build of more than a minute (local:with)",
    "  curl -i http://work.localhost:8080/api/health",
  ];
  const lines = text.split("\n");
  for (const line of expected) assert.ok(lines.includes(line), `${line}\nin\n${text}`);
});

test("a summary without outputs still says what to do next", () => {
  assert.match(summary({}), /npm run status/);
  assert.doesNotMatch(summary({}), /undefined|Accounts|Off:/);
});

const urn = (name: string) => `urn:pulumi:local::plane-ops::docker:index/container:Container::${name}`;
const event = (content: object) => JSON.stringify({ sequence: 1, ...content });

test("progress shows what is worked on, not what stays the same", () => {
  const events = new EventReader();
  const pre = (op: string, name: string) => event({ resourcePreEvent: { metadata: { op, urn: urn(name) } } });
  events.line(event({ preludeEvent: {} }));
  events.line(pre("create", "api"));
  assert.equal(events.now("previewing", "working"), "previewing, create api");
  events.line(event({ preludeEvent: {} }));
  events.line(pre("same", "redis"));
  for (const name of ["api", "web", "worker"]) events.line(pre("create", name));
  events.line(event({ resOutputsEvent: { metadata: { op: "create", urn: urn("api") } } }));
  assert.equal(events.now("previewing", "working"), "working, 1 done, create web, create worker");
  events.line(event({ summaryEvent: { isPreview: false, resourceChanges: { create: 3, same: 1 } } }));
  assert.equal(describeChanges(events.changes), "3 created, 1 unchanged");
});

test("errors are kept once, with the resource's name and without colours and debug noise", () => {
  const events = new EventReader();
  const diagnostic = (severity: string, message: string, of?: string) =>
    event({ diagnosticEvent: { severity, message, ...(of ? { urn: of } : {}) } });
  events.line(diagnostic("error", "<{%fg 1%}>port 80 is taken<{%reset%}>\n", urn("caddy")));
  events.line(diagnostic("error", "port 80 is taken", urn("caddy")));
  events.line(diagnostic("debug", "noise"));
  events.line(diagnostic("warning", "using pulumi-resource-docker from $PATH at /x\n"));
  events.line(
    diagnostic("warning", "memory sum is high", "urn:pulumi:local::plane-ops::pulumi:pulumi:Stack::x"),
  );
  events.line('{"sequence": broken');
  assert.deepEqual(events.errors, ["caddy: port 80 is taken"]);
  assert.deepEqual(events.warnings, ["memory sum is high"]);
  assert.equal(plain("\u001b[31mred\u001b[0m"), "red");
});

test("an update is due when the preview changes a resource or a stack output, and not otherwise", () => {
  const stack = "urn:pulumi:local::plane-ops::pulumi:pulumi:Stack::plane-ops-local";
  const preview = (resourceChanges: object, before: object, after: object) => {
    const events = new EventReader();
    events.line(event({ preludeEvent: {} }));
    const metadata = { op: "same", urn: stack, old: { outputs: before }, new: { outputs: after } };
    events.line(event({ resOutputsEvent: { metadata } }));
    events.line(event({ summaryEvent: { isPreview: true, resourceChanges } }));
    return events.due;
  };
  assert.equal(preview({ same: 4 }, { a: "[secret]" }, { a: "[secret]" }), false);
  assert.equal(preview({ same: 4, update: 1 }, {}, {}), true);
  assert.equal(preview({ same: 4 }, { a: 1 }, { a: 2 }), true);
});

test("an update without any change says so", () => {
  assert.equal(describeChanges({ same: 41 }), "no change (41 resources)");
});

test("each state of an engine that cannot be used has a message with a way out", () => {
  const where = "unix:///var/run/docker.sock";
  assert.match(
    engineProblem({ state: "hanging", where, detail: "no answer within 10 s" }, 42) ?? "",
    /half-dead.*pid 42/,
  );
  assert.match(
    engineProblem({ state: "forbidden", where, detail: "EACCES" }, undefined) ?? "",
    /usermod -aG docker/,
  );
  assert.match(
    engineProblem({ state: "broken", where, detail: "it answers HTTP 500" }, undefined) ?? "",
    /HTTP 500/,
  );
});

test("DOCKER_HOST is read for sockets and plain TCP, and refused for what set-up cannot speak", () => {
  assert.deepEqual(endpointOf("unix:///run/user/1/docker.sock"), { socketPath: "/run/user/1/docker.sock" });
  assert.deepEqual(endpointOf("tcp://127.0.0.1:2375"), { host: "127.0.0.1", port: 2375 });
  assert.equal(endpointOf("ssh://root@host"), undefined);
});

test("the reason of a failed pull is told in few words", () => {
  const lookup =
    'Error response from daemon: Get "https://registry.example/v2/": dial tcp: lookup registry.example on 10.0.0.1:53: no such host';
  assert.equal(pullReason(lookup), "registry.example: its name is not known here");
  assert.equal(pullReason("Error response from daemon: manifest unknown"), "manifest unknown");
});

test("where nobody watches, a long step gives a line about every ten seconds", (t) => {
  t.mock.timers.enable({ apis: ["setInterval", "Date"] });
  const written: string[] = [];
  const out = { isTTY: false, write: (text: string) => written.push(text) } as unknown as NodeJS.WriteStream;
  const progress = new Progress(out);
  const task = progress.begin("Pulumi CLI", "compiling");
  for (let second = 0; second < 25; second++) t.mock.timers.tick(1000);
  task.done("built");
  assert.deepEqual(written, [
    "  Pulumi CLI: compiling … 10 s\n",
    "  Pulumi CLI: compiling … 20 s\n",
    "Pulumi CLI: built\n",
  ]);
});
