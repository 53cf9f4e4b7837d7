import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type Docker from "dockerode";
import { Bench } from "./harness.ts";

const bench = new Bench("redis");
let server: Docker.Container;

before(async () => {
  await bench.open(["redis"]);
  server = await bench.run({
    name: "redis",
    alias: "redis",
    user: "999:999",
    env: { REDIS_PASSWORD: "s3cret", REDISCLI_AUTH: "s3cret" },
    volumes: { data: "/data" },
    command: [
      "sh",
      "-c",
      "exec redis-server - <<EOF\nrequirepass $REDIS_PASSWORD\nmaxmemory 64mb\nmaxmemory-policy allkeys-lru\nEOF",
    ],
  });
  await bench.until("PONG", async () => (await cli("ping")).stdout === "PONG\n");
});
after(() => bench.close());

function cli(...words: string[]): ReturnType<Bench["exec"]> {
  return bench.exec(server, ["redis-cli", ...words]);
}

test("Redis takes its configuration on stdin and runs as 999 without capabilities", async () => {
  assert.equal((await cli("config", "get", "maxmemory-policy")).stdout, "maxmemory-policy\nallkeys-lru\n");
  assert.equal((await bench.exec(server, ["stat", "-c", "%u", "/proc/1"])).stdout, "999\n");
});

test("Redis refuses a client without the password", async () => {
  const refused = await bench.exec(server, ["redis-cli", "ping"], { env: { REDISCLI_AUTH: "" } });
  assert.match(refused.stdout, /NOAUTH/);
});

test("Redis saves into its volume when it is stopped and restarted", async () => {
  await cli("set", "kept", "yes");
  assert.equal((await cli("save")).stdout, "OK\n");
  await server.restart({ t: 10 });
  await bench.until("PONG", async () => (await cli("ping")).stdout === "PONG\n");
  assert.equal((await cli("get", "kept")).stdout, "yes\n");
});

test("Redis's own default command answers other containers and steps down from root", async () => {
  const plain = await bench.run({
    name: "redis",
    alias: "plain",
    capabilities: ["CHOWN", "SETGID", "SETUID"],
  });
  await bench.until(
    "a PONG across the network",
    async () =>
      (
        await bench.exec(server, ["redis-cli", "--no-auth-warning", "-h", "plain", "ping"], {
          env: { REDISCLI_AUTH: "" },
        })
      ).stdout === "PONG\n",
  );
  assert.equal((await bench.exec(plain, ["stat", "-c", "%u", "/proc/1"])).stdout, "999\n");
});
