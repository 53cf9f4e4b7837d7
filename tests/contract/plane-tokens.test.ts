// Runs beside others: its servers have ports and folders of their own.
import "../support/quickRetries.ts";
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { TOKEN_ACCOUNTS } from "../../config.ts";
import { setToken } from "../../providers/plane/credentials.ts";
import { InProcessEngine } from "../support/inProcessEngine.ts";
import { insidePlane, smaller } from "../support/insidePlane.ts";
import { PersonInPlane } from "../support/personInPlane.ts";
import { PlaneServer, type World } from "../support/planeServer.ts";
import type { RecordedResource } from "../support/recordedProgram.ts";

const RETIRED = "plane-retired-tokens";
/** Those of the smaller program. */
const SMALL = ["concierge", "imhotep", "thot"];

let server: PlaneServer;
/** The whole program's state, carried from one configuration to the next. */
let engine: InProcessEngine;
let resources: RecordedResource[];
let wanted: World;

before(async () => {
  server = await PlaneServer.start({ apiRateLimit: 100_000 });
  resources = await insidePlane(server.url);
  engine = new InProcessEngine(resources);
  await engine.up();
  wanted = await server.world();
});
after(() => server.close());

/** The same stack with another configuration. */
async function configure(raw: Record<string, string> = {}): Promise<void> {
  resources = await insidePlane(server.url, raw);
  engine = continued(resources);
}

function continued(program: RecordedResource[]): InProcessEngine {
  const next = new InProcessEngine(program);
  for (const [name, entry] of engine.state) next.state.set(name, entry);
  return next;
}

function tokenOf(account: string): string {
  return String(engine.state.get(`plane-token-${account}`)?.outs["token"] ?? assert.fail(account));
}

function tokens(): Record<string, string> {
  return Object.fromEntries(TOKEN_ACCOUNTS.map((account) => [account, tokenOf(account)]));
}

/** Accounts whose token of `of` is accepted, as the account that it should be. */
async function working(of: Record<string, string>): Promise<string[]> {
  const seen = await Promise.all(
    Object.entries(of).map(async ([account, token]) => {
      const person = PersonInPlane.withToken(server.url, token);
      if ((await person.status("GET", "/api/v1/users/me/")) === 403) return [];
      assert.equal((await person.call("GET", "/api/v1/users/me/"))["email"], `${account}@javisi.local`);
      return [account];
    }),
  );
  return seen.flat();
}

/** Accounts whose token differs from the one before. */
function renewed(before: Record<string, string>): string[] {
  return TOKEN_ACCOUNTS.filter((account) => tokenOf(account) !== before[account]);
}

test("AUTH-03, PROV-03: ten agents and n8n have one token each, that is theirs and never expires", async () => {
  assert.deepEqual(await working(tokens()), TOKEN_ACCOUNTS);
  assert.deepEqual(
    await server.sql(
      `SELECT u.email, count(*)::int, count(t.expired_at)::int AS expiring FROM api_tokens t
       JOIN users u ON u.id = t.user_id WHERE t.deleted_at IS NULL GROUP BY 1 ORDER BY 1`,
    ),
    TOKEN_ACCOUNTS.map((account) => ({ email: `${account}@javisi.local`, count: 1, expiring: 0 })),
  );
});

for (const [asked, accounts] of Object.entries({
  imhotep: ["imhotep"],
  "thot,n8n": ["n8n", "thot"],
  all: TOKEN_ACCOUNTS,
})) {
  test(`AUTH-04: plane:rotateTokens ${asked} makes new tokens that work before the old ones are deleted`, async () => {
    const old = tokens();
    await configure({ "plane:rotateTokens": asked });
    // Everything but the last resource: the new tokens are in every hand, and nothing is deleted yet.
    const last = resources.at(-1);
    assert.equal(last?.name, RETIRED);
    const until = continued(resources.slice(0, -1));
    const steps = await until.up();
    for (const account of accounts) assert.equal(steps[`plane-token-${account}`], "update");
    for (const [name, entry] of until.state) engine.state.set(name, entry);
    assert.deepEqual(renewed(old), accounts);
    assert.deepEqual(await working(old), TOKEN_ACCOUNTS);
    assert.deepEqual(await working(tokens()), TOKEN_ACCOUNTS);

    assert.deepEqual(await engine.up(), { [RETIRED]: "update" });
    assert.deepEqual(
      await working(old),
      TOKEN_ACCOUNTS.filter((account) => !accounts.includes(account)),
    );
    assert.deepEqual(await working(tokens()), TOKEN_ACCOUNTS);
    assert.deepEqual(await server.world(), wanted);

    await server.clearCalls();
    assert.deepEqual(await engine.up(), {});
    await engine.refresh();
    assert.deepEqual(await engine.preview(), {});
    await configure();
    await engine.up();
  });
}

test("AUTH-04: a rotation that was taken back can be asked for again", async () => {
  await configure();
  await engine.up();
  const old = tokens();
  await configure({ "plane:rotateTokens": "imhotep" });
  await engine.up();
  const first = tokens();
  assert.deepEqual(renewed(old), ["imhotep"]);
  await engine.up();
  assert.deepEqual(renewed(first), []);

  await configure();
  await server.clearCalls();
  assert.deepEqual(await engine.up(), { "plane-token-imhotep": "update" });
  assert.deepEqual(await server.calls(), []);
  await configure({ "plane:rotateTokens": "imhotep" });
  await engine.up();
  assert.deepEqual(renewed(first), ["imhotep"]);
  assert.deepEqual(await server.world(), wanted);
});

test("whether a token works is one call", async () => {
  const { module } = resources.find(({ name }) => name === "plane-token-thot") ?? assert.fail();
  const entry = engine.state.get("plane-token-thot") ?? assert.fail();
  await server.clearCalls();
  await module.read(entry.id, entry.outs);
  assert.deepEqual(
    (await server.calls()).map(({ method, path }) => `${method} ${path}`),
    ["GET /api/v1/users/me/"],
  );
});

const REFUSED = {
  "another account's": { token: () => tokenOf("thot"), why: /another account's \(thot@javisi\.local\)/ },
  "a dead one": { token: () => "plane_api_of-nobody-at-all", why: /is not accepted by Plane/ },
};
for (const [what, { token, why }] of Object.entries(REFUSED)) {
  test(`a given token that is ${what} is refused with the commands that mend it, and nothing changes`, async () => {
    const value = token();
    const before = engine;
    await configure({ "plane:accounts": JSON.stringify({ imhotep: { token: value } }) });
    await assert.rejects(engine.up(), (error: Error) => {
      assert.match(error.message, why);
      assert.ok(error.message.includes(setToken("imhotep")));
      assert.ok(error.message.includes("pulumi config rm --path 'plane:accounts.imhotep.token'"));
      assert.ok(!error.message.includes(value));
      return true;
    });
    assert.deepEqual(await server.world(), wanted);
    engine = before;
    await configure();
    await engine.up();
  });
}

test("a token that a person made and gave is used, and no run deletes it", async () => {
  const old = tokenOf("imhotep");
  const { id } = (await server.sql("SELECT id FROM users WHERE email = 'imhotep@javisi.local'"))[0] ?? {};
  const given = "plane_api_given_by_a_person";
  await server.sql(
    "INSERT INTO api_tokens (label, description, token, user_type, user_id) VALUES ('mine', '', $1, 0, $2)",
    [given, id],
  );
  await configure({ "plane:accounts": JSON.stringify({ imhotep: { token: given } }) });
  await engine.up();
  assert.equal(tokenOf("imhotep"), given);
  assert.deepEqual(await working({ imhotep: given }), ["imhotep"]);
  // The one before is nobody's to delete: somebody may have been given it.
  assert.deepEqual(await working({ imhotep: old }), ["imhotep"]);
  await engine.refresh();
  assert.deepEqual(await engine.preview(), {});
});

test("AUTH-04: a rotation that dies at any call leaves the next run to end with one working token each", async () => {
  await server.reset();
  const plain = smaller(await insidePlane(server.url));
  const rotating = smaller(await insidePlane(server.url, { "plane:rotateTokens": "all" }));
  engine = new InProcessEngine(plain);
  await engine.up();
  wanted = await server.world();
  await server.clearCalls();
  engine = continued(rotating);
  await engine.up();
  const calls = (await server.calls()).length;
  assert.ok(calls > 10);
  for (const kind of ["reset", "executed-reset"] as const) {
    for (let k = 1; k <= calls; k++) {
      engine = continued(plain);
      await engine.up();
      const old = smallTokens();
      engine = continued(rotating);
      await server.order({ at: k, kind, times: 1 });
      await server.order({ at: k + 1, kind: "reset", times: 10_000 });
      await assert.rejects(engine.up(), `call ${k}`);
      await server.clearFaults();
      const between = [...(await working(old)), ...(await working(smallTokens()))];
      assert.deepEqual([...new Set(between)].sort(), SMALL, `${kind} at call ${k}`);
      await engine.up();
      assert.deepEqual(await server.world(), wanted, `${kind} at call ${k}`);
      assert.deepEqual(await working(smallTokens()), SMALL, `${kind} at call ${k}`);
      assert.deepEqual(await working(old), [], `${kind} at call ${k}`);
    }
  }
});

function smallTokens(): Record<string, string> {
  return Object.fromEntries(SMALL.map((account) => [account, tokenOf(account)]));
}
