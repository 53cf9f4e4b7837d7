import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { formatDuration, parseDuration } from "../../standins/plugins/docker/duration.ts";
import { bcrypt } from "../../standins/plugins/random/bcrypt.ts";
import { checkConfig, checkResource, type PackageSchema } from "../../standins/plugins/schema.ts";
import { UNKNOWN } from "../../standins/plugins/values.ts";

const schemas = join(import.meta.dirname, "../../standins/plugins/schemas");
const read = (name: string): PackageSchema => JSON.parse(readFileSync(join(schemas, `${name}.json`), "utf8"));
const docker = read("docker");
const command = read("command");

const CONTAINER = "docker:index/container:Container";
const failures = (inputs: Parameters<typeof checkResource>[2], token = CONTAINER, schema = docker) =>
  checkResource(schema, token, inputs).failures.map(({ property, reason }) => [property, reason]);

test("an unknown property is refused, with the one that was probably meant", () => {
  assert.deepEqual(failures({ image: "x", memori: 64 }), [
    ["memori", `memori is not a property of ${CONTAINER}; did you mean "memory"?`],
  ]);
});

test("an unknown property of a nested object is refused with its path", () => {
  const inputs = { image: "x", networksAdvanced: [{ name: "a" }, { name: "b", alias: ["c"] }] };
  assert.equal(failures(inputs)[0]?.[0], "networksAdvanced[1].alias");
});

test("a missing required property is refused, also in a nested object", () => {
  assert.deepEqual(
    failures({ labels: [{ label: "a" }] }).map(([property]) => property),
    ["labels[0].value", "image"],
  );
});

test("a wrong type is refused without showing the value", () => {
  const found = failures({
    image: "x",
    memory: "s3cret",
    envs: "A=1",
    cpus: 0.5,
    privileged: "yes",
    stopTimeout: 1.5,
  });
  assert.deepEqual(found.map(([property]) => property).sort(), [
    "cpus",
    "envs",
    "memory",
    "privileged",
    "stopTimeout",
  ]);
  assert.doesNotMatch(JSON.stringify(found), /s3cret/);
});

test("an enum takes only its values", () => {
  const token = "command:local:Command";
  assert.deepEqual(failures({ create: "true", logging: "none" }, token, command), []);
  assert.match(failures({ logging: "quiet" }, token, command)[0]?.[1] ?? "", /must be one of stdout, .*none/);
});

test("values that only up will know pass, at any depth", () => {
  assert.deepEqual(
    failures({ image: UNKNOWN, memory: UNKNOWN, labels: [{ label: "a", value: UNKNOWN }] }),
    [],
  );
});

test("defaults of the schema are filled in, also in nested objects, and never over a given value", () => {
  const inputs = { connection: { host: "h", port: 804 } };
  const checked = checkResource(command, "command:remote:Command", inputs).inputs;
  assert.deepEqual(checked.connection, {
    host: "h",
    port: 804,
    user: "root",
    dialErrorLimit: 10,
    perDialTimeout: 15,
  });
});

test("provider options come as JSON text and are checked after that", () => {
  const good = checkConfig(docker, { host: "ssh://u@h:804", sshOpts: '["-i","key"]' });
  assert.deepEqual(good, { inputs: { host: "ssh://u@h:804", sshOpts: ["-i", "key"] }, failures: [] });
  assert.match(
    checkConfig(docker, { sshOpts: "-i key" }).failures[0]?.reason ?? "",
    /sshOpts must be a list/,
  );
});

test("durations are read and written as Go does", () => {
  for (const [text, nanoseconds] of [
    ["1m30s", 90e9],
    ["250ms", 25e7],
    ["0s", 0],
    ["1h0m5s", 3605e9],
  ] as const) {
    assert.equal(parseDuration(text), nanoseconds);
    assert.equal(formatDuration(nanoseconds), text);
  }
  assert.equal(formatDuration(parseDuration("60s")), "1m0s");
  assert.throws(() => parseDuration("soon"), /not a duration/);
});

test("a bcrypt hash is the one that crypt(3) makes", () => {
  const salt = Buffer.from("000102030405060708090a0b0c0d0e0f", "hex");
  assert.equal(bcrypt("abc", salt), "$2a$10$..CA.uOD/eaGAOmJB.yMBu68ySodtKR6OGOLlBx/nqP1KfXx2hVJ2");
  assert.equal(bcrypt("pässwört", salt), "$2a$10$..CA.uOD/eaGAOmJB.yMButvShKcxWgtxXIIbMu6oJ.FYmenpGSCO");
});
