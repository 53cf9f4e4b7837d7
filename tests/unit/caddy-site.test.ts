import assert from "node:assert/strict";
import { test } from "node:test";
import { planeSite } from "../../components/plane/caddyfile.ts";

const ARGS = {
  address: "https://work.example",
  allowedClients: ["100.64.0.0/10"],
  bucket: "uploads",
  fileSizeLimit: 50,
};

test("NOTIF-02: a Caddy without the module gets no word of it, and limits bodies all the same", () => {
  const text = planeSite(ARGS);
  assert.doesNotMatch(text, /rate_limit/);
  assert.match(text, /handle @webhook \{\n\t+request_body \{\n\t+max_size 1048576\n/);
});

test("NOTIF-02: with the module the limit is on the public paths alone, by true address, the platform's ranges exempt", () => {
  const exempt = ["172.20.1.0/24", "172.20.2.0/24"];
  const text = planeSite({ ...ARGS, rateLimit: { exempt } });
  const [zone] = /\t{3}rate_limit \{[^]*?\n\t{3}\}\n/.exec(text) ?? assert.fail(text);
  assert.match(zone, /not client_ip 172\.20\.1\.0\/24 172\.20\.2\.0\/24\n/);
  assert.match(zone, /key \{client_ip\}\n\t+window 1m\n\t+events 100\n/);
  assert.equal(text.replace(zone, ""), planeSite(ARGS));
});
