import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { permitted, Refused, type SandboxRules } from "../../components/openclaw/socketProxy/rules.ts";

const RULES: SandboxRules = {
  prefix: "openclaw-sbx-",
  image: "openclaw-sandbox:bookworm-slim",
  network: "javisi_sandbox",
  workspaces: "/opt/javisi/data/openclaw/state/sandboxes",
  user: "1000:1000",
  memory: 268435456,
  cpus: 0.25,
  pids: 256,
};
const CREATE = { method: "POST", url: "/v1.41/containers/create?name=openclaw-sbx-agent-a" };
const LIMITS = {
  Binds: [`${RULES.workspaces}/agent-a:/workspace`],
  CapDrop: ["ALL"],
  Memory: 268435456,
  MemorySwap: 268435456,
  NanoCpus: 250000000,
  NetworkMode: "javisi_sandbox",
  PidsLimit: 256,
  ReadonlyRootfs: true,
  SecurityOpt: ["no-new-privileges"],
};
const SANDBOX = { Image: RULES.image, User: "1000:1000", HostConfig: LIMITS };

function made(body: unknown): unknown {
  return JSON.parse(permitted({ ...CREATE, body: JSON.stringify(body) }, RULES).body ?? "");
}

test("OPENCLAW-UPG-15: a sandbox's own limits pass as they are", () => {
  assert.deepEqual(made(SANDBOX), SANDBOX);
});

test("OPENCLAW-UPG-15: a limit that is missing or other refuses the sandbox, and the message names it", () => {
  for (const [key, value] of Object.entries(LIMITS)) {
    const { [key]: _, ...less } = LIMITS as Record<string, unknown>;
    const named = new RegExp(`HostConfig\\.${key} `);
    assert.throws(() => made({ ...SANDBOX, HostConfig: less }), named);
    for (const other of [null, 0, "", [], true === value ? false : true, "host", -1]) {
      assert.throws(() => made({ ...SANDBOX, HostConfig: { ...LIMITS, [key]: other } }), named);
    }
  }
});

test("OPENCLAW-UPG-15: whatever else a body says, Docker sees a sandbox with its limits or nothing", () => {
  const keys = fc.oneof(
    fc.constantFrom(
      "Privileged",
      "privileged",
      "Mounts",
      "CapAdd",
      "PidMode",
      "maskedPaths",
      "MEMORY",
      "__proto__",
    ),
    fc.string(),
  );
  const more = fc.dictionary(keys, fc.jsonValue());
  fc.assert(
    fc.property(more, more, (top, host) => {
      const body = { ...top, ...SANDBOX, HostConfig: { ...host, ...LIMITS } };
      try {
        const seen = made(body) as typeof SANDBOX;
        for (const [key, value] of Object.entries(LIMITS)) {
          assert.deepEqual((seen.HostConfig as Record<string, unknown>)[key], value);
        }
        const allowed = [...Object.keys(LIMITS), "MemorySwappiness", "RestartPolicy", "Tmpfs"];
        assert.deepEqual(
          Object.keys(seen.HostConfig).filter((key) => !allowed.includes(key)),
          [],
        );
        assert.equal(seen.User, "1000:1000");
      } catch (error) {
        assert.ok(error instanceof Refused, String(error));
      }
    }),
  );
});
