import assert from "node:assert/strict";
import { test } from "node:test";
import { breakingChanges } from "../../components/openclaw/breakingChanges.ts";
import type { Json } from "../../components/openclaw/configuration.ts";
import { rendered } from "../support/openclawConfiguration.ts";

const up = (base: Json, from = "2026.2.23") =>
  breakingChanges(from, "2026.2.26", rendered("2026.2.26", base));
const back = (base: Json) => breakingChanges("2026.2.26", "2026.2.23", rendered("2026.2.23", base));
const about = (sentences: string[], words: RegExp) => sentences.filter((sentence) => words.test(sentence));

test("OPENCLAW-UPG-14: the reset's scope touches everybody, and is said once in each direction", () => {
  assert.equal(about(up({}), /^Since 2026\.2\.26: .*onboard --reset.*keeps the workspace/).length, 1);
  assert.equal(
    about(back({}), /^Before 2026\.2\.26: .*onboard --reset.*takes the workspace along/).length,
    1,
  );
});

test("OPENCLAW-UPG-14: the secrets workflow is said to be new and not needed", () => {
  assert.equal(about(up({}), /`openclaw secrets` is new and not needed/).length, 1);
});

const TOUCHED: Record<string, [Json, RegExp]> = {
  "an allowlist of nobody": [{ channels: { telegram: { dmPolicy: "allowlist" } } }, /dmPolicy "allowlist"/],
  "groups of nobody": [{ channels: { telegram: { groups: { "*": {} } } } }, /Telegram group/],
  heartbeats: [{ agents: { defaults: { heartbeat: { every: "30m" } } } }, /heartbeats reach/],
  "an agent's heartbeats": [
    { agents: { list: [{ id: "cfo", heartbeat: { every: "30m" } }] } },
    /heartbeats reach/,
  ],
  "the Control UI": [{ gateway: { controlUi: { enabled: true } } }, /openclaw devices approve/],
};
for (const [what, [base, words]] of Object.entries(TOUCHED)) {
  test(`OPENCLAW-UPG-14: ${what}: said to a configuration that it touches, and to no other`, () => {
    assert.equal(about(up(base), words).length, 1);
    assert.deepEqual(about(up({}), words), []);
  });
}

test("OPENCLAW-UPG-14: people that are listed are no change", () => {
  const telegram = { dmPolicy: "allowlist", allowFrom: [1], groups: { "*": {} }, groupAllowFrom: [1] };
  assert.deepEqual(up({ channels: { telegram } }), up({}));
});

test("a container's network is refused since 2026.2.24", () => {
  const agents = { defaults: { sandbox: { docker: { network: "container:javisi_redis" } } } };
  assert.match(
    breakingChanges("2026.2.23", "2026.2.26", { agents }).join("\n"),
    /^Since 2026\.2\.24: .*container:/m,
  );
});

test("OPENCLAW-UPG-09: on the way back, keys of the newer version's own are named", () => {
  const reference = { source: "env", provider: "default", id: "KEY" };
  assert.equal(about(back({ secrets: {} }), /secrets and acp are not known before/).length, 1);
  assert.equal(
    about(back({ skills: { entries: { a: { apiKey: reference } } } }), /not understood before/).length,
    1,
  );
  const directPolicy = { agents: { defaults: { heartbeat: { directPolicy: "block" } } } };
  assert.equal(about(back(directPolicy), /heartbeat\.directPolicy is not known before/).length, 1);
  assert.equal(back({}).length, 1);
});

test("only what lies between the two versions is said, in the order in which it is met", () => {
  assert.deepEqual(breakingChanges("2026.2.26", "2026.2.26", rendered("2026.2.26")), []);
  assert.deepEqual(breakingChanges("unknown", "2026.2.26", rendered("2026.2.26")), []);
  const base = { channels: { telegram: { dmPolicy: "allowlist", groups: { "*": {} } } } };
  const versions = (sentences: string[]) => sentences.map((sentence) => sentence.split(/[ :]/)[1]);
  assert.deepEqual(versions(up(base)), versions(up(base)).toSorted());
  assert.deepEqual(versions(back(base)), versions(back(base)).toSorted().toReversed());
  assert.ok(!up(base, "2026.2.25").join().includes("2026.2.25"));
});
