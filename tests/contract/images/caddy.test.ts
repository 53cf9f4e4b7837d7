import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type Docker from "dockerode";
import { Bench } from "./harness.ts";

const bench = new Bench("caddy");
let configuration: string;
let server: Docker.Container;

function site(text: string): string {
  return `:80 {\n\t@inside client_ip 127.0.0.1/8\n\trespond @inside "${text}"\n}\n`;
}

before(async () => {
  configuration = mkdtempSync(join(tmpdir(), "plane-ops-caddy-"));
  writeFileSync(join(configuration, "Caddyfile"), site("one"));
  await bench.open(["caddy"]);
  server = await bench.run({
    name: "caddy",
    capabilities: ["NET_BIND_SERVICE"],
    binds: [`${configuration}:/etc/caddy`],
    volumes: { data: "/data", config: "/config" },
  });
  await bench.until("the site", async () => (await get()) === "one");
});
after(async () => {
  await bench.close();
  rmSync(configuration, { recursive: true, force: true });
});

async function get(): Promise<string> {
  return (await bench.exec(server, ["wget", "-q", "-O", "-", "http://127.0.0.1/"])).stdout;
}

function caddy(command: string): ReturnType<Bench["exec"]> {
  return bench.exec(server, ["caddy", command, "--config", "/etc/caddy/Caddyfile", "--adapter", "caddyfile"]);
}

test("Caddy 2.11 serves the mounted Caddyfile by its default command and knows client_ip", async () => {
  assert.match((await bench.exec(server, ["caddy", "version"])).stdout, /^v?2\.11\.7/);
  assert.equal(await get(), "one");
});

test("Caddy's admin address answers busybox wget inside the container", async () => {
  const admin = await bench.exec(server, ["wget", "-q", "-O", "-", "http://127.0.0.1:2019/config/"]);
  assert.equal(admin.code, 0, admin.stderr);
});

test("Caddy validates and reloads a changed file by exec, and keeps the old one when the new one is broken", async () => {
  writeFileSync(join(configuration, "Caddyfile"), site("two"));
  assert.equal((await caddy("validate")).code, 0);
  assert.equal((await caddy("reload")).code, 0);
  assert.equal(await get(), "two");

  writeFileSync(join(configuration, "Caddyfile"), "not a { Caddyfile");
  assert.notEqual((await caddy("validate")).code, 0);
  assert.notEqual((await caddy("reload")).code, 0);
  assert.equal(await get(), "two");
});
