// Runs beside others: its servers have ports and folders of their own.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { insideSettings } from "../support/insidePlane.ts";
import { PersonInPlane } from "../support/personInPlane.ts";
import { PlaneServer, type World } from "../support/planeServer.ts";
import { TestStack } from "../support/stack.ts";

/** Every provider of Plane's inside on the real engine; plane-drift.test.ts has every attribute of each. */
let server: PlaneServer;
let stack: TestStack;
let wanted: World;
let ids: Record<string, string>;
let outputs: Record<string, unknown>;

before(async () => {
  server = await PlaneServer.start({ apiRateLimit: 100_000 });
  stack = await TestStack.create("inside", insideSettings(server.url));
});
after(async () => {
  await stack.dispose();
  await server.close();
});

const WORKSPACE = "/api/workspaces/javisi";
const project = (): string => `/api/v1/workspaces/javisi/projects/${ids["plane-onboarding"]}`;
const tokenOf = (account: string): string => String((outputs["tokens"] as Record<string, string>)[account]);
const concierge = () => PersonInPlane.signIn(server.url, "concierge@javisi.local", password("concierge"));
const api = () => PersonInPlane.withToken(server.url, tokenOf("concierge"));
const password = (account: "concierge" | "human"): string => String(outputs[`${account}Password`]);

/** Notes what the stack knows now. */
async function look(): Promise<void> {
  const { deployment } = JSON.parse(await stack.state()) as {
    deployment: { resources: { urn: string; id?: string }[] };
  };
  ids = Object.fromEntries(
    deployment.resources.flatMap(({ urn, id }) => (id ? [[urn.split("::").at(-1), id]] : [])),
  );
  outputs = await stack.outputs();
}

/** `up --refresh` makes the world what it was, and leaves nothing to do. */
async function mends(): Promise<void> {
  const { code, text } = await stack.up("--refresh");
  assert.equal(code, 0, text);
  assert.deepEqual(await server.world(), wanted);
  assert.deepEqual(await stack.drift(), {});
}

test("PROV-01, PROV-03: one up makes the workspace, and a second one finds nothing to do and asks Plane nothing", async () => {
  const { code, text } = await stack.up();
  assert.equal(code, 0, text);
  wanted = await server.world();
  await look();
  await server.clearCalls();
  assert.match((await stack.up("--expect-no-changes")).text, /\d+ unchanged/);
  assert.deepEqual(await server.calls(), []);
});

test("the state is below a megabyte, and no password, token or webhook secret stands in it", async () => {
  const state = await stack.state();
  assert.ok(state.length < 1_000_000, `${state.length} bytes`);
  const secrets = [password("concierge"), password("human"), String(outputs["webhookSecret"])];
  for (const secret of [...secrets, ...Object.values(outputs["tokens"] as Record<string, string>)]) {
    assert.ok(secret.length >= 32);
    assert.ok(!state.includes(secret));
  }
});

test("a refresh of everything takes at most 25 calls", async (context) => {
  await server.clearCalls();
  assert.deepEqual(await stack.drift(), {});
  const { length } = await server.calls();
  context.diagnostic(`${length} calls`);
  assert.ok(length <= 25);
});

test("AUTH-04: a change of every kind of thing, made in Plane, is seen by preview --refresh and mended by up", async () => {
  const admin = await PersonInPlane.administer(server.url, "concierge@javisi.local", password("concierge"));
  const browser = await concierge();
  const agent = PersonInPlane.withToken(server.url, tokenOf("imhotep"));
  const thing = (list: string, name: string) => `${project()}/${list}/${ids[name]}/`;
  await admin.call("PATCH", "/api/instances/configurations/", { ENABLE_SIGNUP: "1" });
  await browser.call("PATCH", `${WORKSPACE}/`, { timezone: "Europe/Paris" });
  await browser.call("PATCH", `${WORKSPACE}/members/${ids["plane-member-thot"]}/`, { role: 5 });
  await browser.call("PATCH", "/api/users/me/", { display_name: "the boss" });
  await browser.call("PATCH", `${WORKSPACE}/webhooks/${ids["plane-webhook"]}/`, { is_active: false });
  await api().call("PATCH", `${project()}/`, { page_view: true });
  await api().call("PATCH", thing("states", "plane-onboarding-state-blocked"), { color: "#123456" });
  await api().call("PATCH", thing("labels", "plane-onboarding-label-review"), { color: "#123456" });
  await api().call("PATCH", thing("members", "plane-onboarding-member-hermes"), { role: 5 });
  await agent.call("GET", "/api/v1/users/me/");
  await server.sql("UPDATE api_tokens SET is_active = false WHERE token = $1", [tokenOf("imhotep")]);
  assert.deepEqual(await stack.drift(), {
    "plane-instance": "update",
    "plane-member-thot": "update",
    "plane-onboarding": "update",
    "plane-onboarding-label-review": "update",
    "plane-onboarding-member-hermes": "update",
    "plane-onboarding-state-blocked": "update",
    "plane-retired-tokens": "update",
    "plane-token-imhotep": "update",
    "plane-user-concierge": "update",
    "plane-webhook": "update",
    "plane-workspace": "update",
  });
  await mends();
  await look();
});

test("what was deleted in Plane is made again: a work item, a label, a state, a membership, the webhook", async () => {
  const browser = await concierge();
  await api().call("DELETE", `${project()}/work-items/${ids["plane-onboarding-plan"]}/`);
  await api().call("DELETE", `${project()}/labels/${ids["plane-onboarding-label-agent-cfo"]}/`);
  await api().call("DELETE", `${project()}/states/${ids["plane-onboarding-state-blocked"]}/`);
  await api().call("DELETE", `${project()}/members/${ids["plane-onboarding-member-shuri"]}/`);
  await browser.call("DELETE", `${WORKSPACE}/webhooks/${ids["plane-webhook"]}/`);
  assert.deepEqual(await stack.drift(), {
    "plane-onboarding-label-agent-cfo": "create",
    "plane-onboarding-member-shuri": "create",
    "plane-onboarding-plan": "create",
    "plane-onboarding-state-blocked": "create",
    "plane-webhook": "create",
  });
  await mends();
  await look();
});

test("AUTH-03, AUTH-04: a rotation gives one agent a new token and deletes the old one after it", async () => {
  const old = tokenOf("thot");
  await stack.set("plane:rotateTokens", "thot");
  const { code, text } = await stack.up();
  assert.equal(code, 0, text);
  await look();
  assert.notEqual(tokenOf("thot"), old);
  const status = (token: string) =>
    PersonInPlane.withToken(server.url, token).status("GET", "/api/v1/users/me/");
  assert.deepEqual([await status(old), await status(tokenOf("thot"))], [403, 200]);
  for (const secret of [old, tokenOf("thot")]) assert.ok(!text.includes(secret));
  await stack.unset("plane:rotateTokens");
  await mends();
});

test("destroy takes all of it away; after that an up on a new Plane makes all of it again", async () => {
  const { code, text } = await stack.pulumi("destroy", "--yes", "--skip-preview");
  assert.equal(code, 0, text);
  assert.deepEqual((await server.world())["workspaces"], []);
  // The local stack's database goes with it; who administers Plane cannot be taken back otherwise.
  await server.reset();
  const again = await stack.up();
  assert.equal(again.code, 0, again.text);
  assert.deepEqual(await server.world(), wanted);
});
