import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Inventory, parseInventory } from "../../components/platform/inventory.ts";
import { preflight } from "../../components/platform/preflight.ts";
import { overlaps, subnetOf } from "../../components/platform/subnet.ts";
import { type PlaneOpsConfig, parseConfig } from "../../config.ts";
import { readVersions } from "../../versions.ts";

const EMPTY: Inventory = { containers: [], networks: [], volumes: [], listening: [], free: {} };
const NETWORKS = ["frontend", "backend", "monitoring", "egress", "sandbox"];

function configured(raw: Record<string, string> = {}): PlaneOpsConfig {
  return parseConfig(raw, {
    project: "plane-ops",
    stack: "local",
    directory: "/srv/plane-ops",
    images: readVersions().images,
    secretKeys: new Set(["platform:postgresqlPassword", "platform:redisPassword"]),
  });
}

const EXISTING = {
  "platform:mode": "existing",
  "plane:adminEmail": "ada@ewutelo.cloud",
  "platform:domain": "ewutelo.cloud",
  "platform:postgresqlPassword": "correct horse",
  "platform:redisPassword": "battery staple",
};

function platform(): Inventory {
  return {
    ...EMPTY,
    containers: ["caddy", "postgresql", "redis"].map((part) => ({
      name: `javisi_${part}`,
      running: true,
      owner: "",
    })),
    networks: NETWORKS.map((name) => ({ name: `javisi_${name}`, subnets: [], owner: "" })),
  };
}

test("a bare machine is ready for the embedded platform", () => {
  assert.deepEqual(preflight(configured(), EMPTY), []);
});

test("a complete platform is ready in existing mode", () => {
  assert.deepEqual(preflight(configured(EXISTING), platform()), []);
});

test("all parts of a platform that are missing are listed at once, each with a next step", () => {
  const problems = preflight(configured(EXISTING), EMPTY);
  assert.equal(problems.length, 8);
  for (const name of [...NETWORKS, "caddy", "postgresql", "redis"])
    assert.ok(
      problems.some(
        (problem) => problem.includes(`javisi_${name} does not exist`) && problem.includes("platform:prefix"),
      ),
    );
});

test("MONITOR-03: with monitoring the platform's stores must be there too, or it is done without", () => {
  const problems = preflight(configured({ ...EXISTING, "monitoring:enabled": "true" }), platform());
  assert.deepEqual(
    problems.map((problem) => /container (\S+) does not exist/.exec(problem)?.[1]),
    ["javisi_alloy", "javisi_loki", "javisi_socket_proxy", "javisi_victoriametrics"],
  );
  for (const problem of problems) assert.match(problem, /pulumi config set monitoring:enabled false$/);
});

test("a platform's container that is stopped is told with the command that starts it", () => {
  const inventory = platform();
  inventory.containers = inventory.containers.map((container) => ({
    ...container,
    running: container.name !== "javisi_redis",
  }));
  assert.deepEqual(preflight(configured(EXISTING), inventory), [
    "container javisi_redis is not running: docker start javisi_redis",
  ]);
});

test("a container, network or volume of our name that is not ours is refused with the way out", () => {
  const inventory: Inventory = {
    ...EMPTY,
    containers: [{ name: "javisi_plane_api", running: true, owner: "" }],
    networks: [{ name: "javisi_backend", subnets: ["172.20.2.0/24"], owner: "" }],
    volumes: [{ name: "javisi_plane_uploads", owner: "plane-ops/other" }],
  };
  const problems = preflight(configured(), inventory);
  assert.equal(problems.length, 3);
  for (const problem of problems) assert.match(problem, /pulumi config set platform:adopt true$/);
  assert.match(problems[2] ?? "", /belongs to stack plane-ops\/other/);
  assert.deepEqual(preflight(configured({ "platform:adopt": "true" }), inventory), []);
});

test("what the stack itself made is no problem", () => {
  const { owner } = configured();
  const inventory: Inventory = {
    ...EMPTY,
    containers: [{ name: "javisi_caddy", running: true, owner }],
    networks: [{ name: "javisi_backend", subnets: ["172.20.2.0/24"], owner }],
    volumes: [{ name: "javisi_postgresql", owner }],
    listening: [8080],
  };
  assert.deepEqual(preflight(configured(), inventory), []);
});

test("a port that is taken is told with the next free one", () => {
  const [problem = ""] = preflight(configured(), { ...EMPTY, listening: [8080, 8081] });
  assert.match(problem, /^port 8080 is in use .*pulumi config set platform:httpPort 8082$/);
});

test("a subnet that another network has is told with both names and another prefix", () => {
  const inventory = { ...EMPTY, networks: [{ name: "bridge", subnets: ["172.20.0.0/16"], owner: "" }] };
  const problems = preflight(configured(), inventory);
  assert.equal(problems.length, 5);
  assert.match(
    problems[0] ?? "",
    /^subnet 172\.20\.1\.0\/24 of network javisi_frontend is used by network bridge: pulumi config set platform:subnetPrefix/,
  );
});

test("a full disk is told with its path and what is free", () => {
  const [problem = ""] = preflight(configured(), { ...EMPTY, free: { "/var/lib/docker": 12 } });
  assert.match(problem, /^\/var\/lib\/docker has 12 MiB free, 1024 MiB are needed/);
});

test("ranges overlap when they share an address, in both directions", () => {
  assert.equal(overlaps("172.20.0.0/16", "172.20.2.0/24"), true);
  assert.equal(overlaps("172.20.2.0/24", "172.20.0.0/16"), true);
  assert.equal(overlaps("172.21.0.0/16", "172.20.2.0/24"), false);
  assert.equal(overlaps("fd00::/64", "172.20.2.0/24"), false);
});

test("the five networks of one prefix never overlap, whatever the prefix", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 16, max: 31 }),
      fc.uniqueArray(fc.constantFrom(...(NETWORKS as never[])), { minLength: 2, maxLength: 2 }),
      (second, [one, other]) => {
        assert.equal(
          overlaps(subnetOf(`172.${second}`, one as never), subnetOf(`172.${second}`, other as never)),
          false,
        );
      },
    ),
  );
});

test("an inventory is read line by line, whatever is missing from it", () => {
  const inventory = parseInventory(
    [
      "container javisi_caddy running plane-ops/local",
      "container other exited ",
      "volume javisi_redis plane-ops/local",
      "network bridge 172.17.0.0/16, <no value>",
      "network javisi_backend 172.20.2.0/24,fd00::/64, plane-ops/local",
      "free 2048 /var/lib/docker",
      "port 1F90",
      "port 1F90",
      "",
    ].join("\n"),
  );
  assert.deepEqual(inventory, {
    containers: [
      { name: "javisi_caddy", running: true, owner: "plane-ops/local" },
      { name: "other", running: false, owner: "" },
    ],
    networks: [
      { name: "bridge", subnets: ["172.17.0.0/16"], owner: "" },
      { name: "javisi_backend", subnets: ["172.20.2.0/24", "fd00::/64"], owner: "plane-ops/local" },
    ],
    volumes: [{ name: "javisi_redis", owner: "plane-ops/local" }],
    listening: [8080],
    free: { "/var/lib/docker": 2048 },
  });
});

test("a stack of the same name in another checkout is another owner", () => {
  const there = parseConfig(
    {},
    {
      project: "plane-ops",
      stack: "local",
      directory: "/srv/elsewhere",
      images: readVersions().images,
      secretKeys: new Set(),
    },
  );
  const inventory = { ...EMPTY, containers: [{ name: "javisi_caddy", running: true, owner: there.owner }] };
  const [problem = ""] = preflight(configured(), inventory);
  assert.match(
    problem,
    /^container javisi_caddy exists and belongs to stack plane-ops\/local in \/srv\/elsewhere/,
  );
});
