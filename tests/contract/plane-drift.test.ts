// Runs beside others: its servers have ports and folders of their own.
import "../support/quickRetries.ts";
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { InProcessEngine } from "../support/inProcessEngine.ts";
import { insidePlane, smaller } from "../support/insidePlane.ts";
import { PersonInPlane } from "../support/personInPlane.ts";
import { PlaneServer, type World } from "../support/planeServer.ts";
import { passwordOf, type RecordedResource } from "../support/recordedProgram.ts";

const CONCIERGE = "concierge@javisi.local";

let server: PlaneServer;
let resources: RecordedResource[];
let engine: InProcessEngine;
let wanted: World;
/** The concierge and imhotep at their browsers, and whoever uses the concierge's token. */
let concierge: PersonInPlane;
let admin: PersonInPlane;
let imhotep: PersonInPlane;
let api: PersonInPlane;

before(async () => {
  server = await PlaneServer.start({ apiRateLimit: 100_000 });
  resources = smaller(await insidePlane(server.url));
  await bringUp();
});
after(() => server.close());

beforeEach(async () => {
  // Plane answers an anonymous caller 30 times a minute, and each refresh asks for the instance once.
  const asked = (await server.calls()).filter(({ path }) => path === "/api/instances/").length;
  if (asked > 20) await bringUp();
});

// A test that failed leaves its drift behind; the next one starts from a whole world all the same.
afterEach(async (context) => {
  if (!(context as unknown as { passed: boolean }).passed) await bringUp();
});

async function bringUp(): Promise<void> {
  await server.reset();
  engine = new InProcessEngine(resources);
  await engine.up();
  wanted = await server.world();
  const password = passwordOf("plane-password-concierge");
  admin = await PersonInPlane.administer(server.url, CONCIERGE, password);
  concierge = await PersonInPlane.signIn(server.url, CONCIERGE, password);
  api = PersonInPlane.withToken(server.url, String(outsOf("plane-token-concierge")["token"]));
  imhotep = await PersonInPlane.signIn(
    server.url,
    "imhotep@javisi.local",
    passwordOf("plane-password-imhotep"),
  );
}

function idOf(name: string): string {
  return engine.state.get(name)?.id ?? assert.fail(`no ${name} in the state`);
}

function outsOf(name: string): Record<string, unknown> {
  return engine.state.get(name)?.outs ?? assert.fail(`no ${name} in the state`);
}

function namesOf(pattern: RegExp): string[] {
  return resources.map(({ name }) => name).filter((name) => pattern.test(name));
}

function steps<Step extends string>(names: string[], step: Step): Record<string, Step> {
  return Object.fromEntries(names.map((name) => [name, step]));
}

const WORKSPACE = "/api/workspaces/javisi";
const project = (): string => `/api/v1/workspaces/javisi/projects/${idOf("plane-onboarding")}`;
const thing = (list: string, name: string): string => `${project()}/${list}/${idOf(name)}/`;
const webhook = (): string => `${WORKSPACE}/webhooks/${idOf("plane-webhook")}/`;

/** Somebody else's change of one managed attribute. */
interface Row {
  resource: string;
  attribute: string;
  change: () => Promise<unknown>;
  /** Where else it shows. */
  also: Record<string, "create" | "update">;
}

const row = (resource: string, attribute: string, change: Row["change"], also: Row["also"] = {}): Row => ({
  resource,
  attribute,
  change,
  also,
});
const configure = (attribute: string, key: string, value: string): Row =>
  row("plane-instance", attribute, () =>
    admin.call("PATCH", "/api/instances/configurations/", { [key]: value }),
  );
const inInstance = (attribute: string, body: object): Row =>
  row("plane-instance", attribute, () => admin.call("PATCH", "/api/instances/", body));
const inWorkspace = (attribute: string, body: object): Row =>
  row("plane-workspace", attribute, () => concierge.call("PATCH", `${WORKSPACE}/`, body));
const inWebhook = (attribute: string, body: object): Row =>
  row("plane-webhook", attribute, () => concierge.call("PATCH", webhook(), body));
const inUser = (attribute: string, body: object): Row =>
  row("plane-user-imhotep", attribute, () => imhotep.call("PATCH", "/api/users/me/", body));
const inProject = (attribute: string, body: object): Row =>
  row("plane-onboarding", attribute, () => api.call("PATCH", `${project()}/`, body));
const inState = (attribute: string, body: object): Row =>
  row("plane-onboarding-state-blocked", attribute, () =>
    api.call("PATCH", thing("states", "plane-onboarding-state-blocked"), body),
  );
const inLabel = (attribute: string, body: object): Row =>
  row("plane-onboarding-label-review", attribute, () =>
    api.call("PATCH", thing("labels", "plane-onboarding-label-review"), body),
  );
const markDefault = (state: string): Promise<unknown> =>
  concierge.call("POST", `${WORKSPACE}/projects/${idOf("plane-onboarding")}/states/${state}/mark-default/`);

const ROWS: Row[] = [
  inInstance("name", { instance_name: "Somebody's" }),
  inInstance("telemetry", { is_telemetry_enabled: true }),
  configure("signUp", "ENABLE_SIGNUP", "1"),
  configure("magicLink", "ENABLE_MAGIC_LINK_LOGIN", "1"),
  configure("passwordLogin", "ENABLE_EMAIL_PASSWORD", "0"),
  configure("workspaceCreation", "DISABLE_WORKSPACE_CREATION", "0"),
  inWorkspace("name", { name: "Renamed" }),
  inWorkspace("timezone", { timezone: "Europe/Paris" }),
  inWebhook("url", { url: "http://localhost:18099/elsewhere" }),
  inWebhook("projects", { project: false }),
  inWebhook("workItems", { issue: false }),
  inWebhook("modules", { module: false }),
  inWebhook("cycles", { cycle: false }),
  inWebhook("comments", { issue_comment: false }),
  // As Plane's worker does after five refused connections.
  row("plane-webhook", "active", () => server.sql("UPDATE webhooks SET is_active = false")),
  inUser("firstName", { first_name: "Im" }),
  inUser("lastName", { last_name: "Hotep" }),
  inUser("displayName", { display_name: "the builder" }),
  row("plane-member-imhotep", "role", () =>
    concierge.call("PATCH", `${WORKSPACE}/members/${idOf("plane-member-imhotep")}/`, { role: 5 }),
  ),
  row("plane-token-imhotep", "active", () =>
    imhotep.call("DELETE", `/api/users/api-tokens/${outsOf("plane-token-imhotep")["tokenId"]}/`),
  ),
  inProject("name", { name: "Renamed" }),
  inProject("identifier", { identifier: "OTHER" }),
  inProject("cycles", { cycle_view: false }),
  inProject("modules", { module_view: false }),
  inProject("pages", { page_view: true }),
  inProject("intake", { intake_view: true }),
  row("plane-onboarding", "network", () =>
    concierge.call("PATCH", `${WORKSPACE}/projects/${idOf("plane-onboarding")}/`, { network: 2 }),
  ),
  // Plane hides an archived project's work items; the run that brings it back finds them again.
  row(
    "plane-onboarding",
    "archived",
    () => api.call("POST", `${project()}/archive/`),
    steps(["plane-onboarding-plan", "plane-onboarding-build", "plane-onboarding-document"], "create"),
  ),
  inProject("externalId", { external_id: "another" }),
  inState("name", { name: "Stuck" }),
  inState("group", { group: "cancelled" }),
  inState("color", { color: "#123456" }),
  inState("externalId", { external_id: "another" }),
  row(
    "plane-onboarding-state-todo",
    "isDefault",
    () => markDefault(idOf("plane-onboarding-state-blocked")),
    steps(["plane-onboarding-state-blocked"], "update"),
  ),
  inLabel("name", { name: "reviewed" }),
  inLabel("color", { color: "#123456" }),
  inLabel("externalId", { external_id: "another" }),
  row("plane-onboarding-member-imhotep", "role", () =>
    api.call("PATCH", thing("members", "plane-onboarding-member-imhotep"), { role: 5 }),
  ),
];

for (const { resource, attribute, change, also } of ROWS) {
  test(`${attribute} of ${resource}, changed in Plane, is drift and is mended`, async () => {
    await change();
    assert.notDeepEqual(await server.world(), wanted);
    await engine.refresh();
    assert.deepEqual(await engine.preview(), { [resource]: "update", ...also });
    await engine.up();
    assert.deepEqual(await server.world(), wanted);
  });
}

test("a token that is switched off in Plane is drift like one that is deleted", async () => {
  const path = `/api/users/api-tokens/${outsOf("plane-token-imhotep")["tokenId"]}/`;
  await imhotep.call("PATCH", path, { is_active: false });
  await engine.refresh();
  assert.deepEqual(await engine.preview(), { "plane-token-imhotep": "update" });
  await engine.up();
  const mended = PersonInPlane.withToken(server.url, String(outsOf("plane-token-imhotep")["token"]));
  assert.equal((await mended.call("GET", "/api/v1/users/me/"))["email"], "imhotep@javisi.local");
});

test("a default that went to a state of somebody's comes back", async () => {
  const { results } = await api.call("GET", `${project()}/states/`);
  const done = (results as { id: string; name: string }[]).find(({ name }) => name === "Done");
  await markDefault(done?.id ?? "");
  await engine.refresh();
  assert.deepEqual(await engine.preview(), { "plane-onboarding-state-todo": "update" });
  await engine.up();
  assert.deepEqual(await server.world(), wanted);
});

/** What a provider compares and nobody can change in Plane: ways in, requests of the configuration, declarations. */
const NOT_IN_PLANE = [
  "plane-instance.access",
  // Proven by a test of its own.
  "plane-instance.passwordAccepted",
  "plane-workspace.access",
  "plane-field-cost_estimate.access",
  "plane-field-cost_estimate.adopt",
  "plane-field-cost_estimate.allowed",
  "plane-field-cost_estimate.mirrors",
  "plane-field-cost_estimate.type",
  "plane-webhook.access",
  "plane-webhook.rotateSecret",
  "plane-user-concierge.access",
  "plane-user-concierge.person",
  "plane-user-concierge.slug",
  "plane-member-concierge.access",
  "plane-member-concierge.person",
  "plane-token-concierge.access",
  "plane-token-concierge.adopt",
  "plane-token-concierge.rotate",
  "plane-onboarding.access",
  "plane-onboarding-label-agent-concierge.access",
  "plane-onboarding-member-concierge.access",
  "plane-onboarding-state-backlog.access",
  "plane-onboarding-plan.access",
  "plane-retired-tokens.current",
];

test("every attribute that a provider compares has a row above", async () => {
  const compared: string[] = [];
  const rows: string[] = [];
  const kinds = new Map(resources.toReversed().map((resource) => [resource.module, resource]));
  for (const [module, { name, inputs }] of kinds) {
    for (const attribute of Object.keys(inputs)) {
      const { changes, replaces } = await module.diff("id", inputs, {
        ...inputs,
        [attribute]: other(inputs[attribute]),
      });
      if (changes && !replaces?.length) compared.push(`${name}.${attribute}`);
    }
    const ofKind = ROWS.filter(
      ({ resource }) => resources.find((candidate) => candidate.name === resource)?.module === module,
    );
    rows.push(...ofKind.map(({ attribute }) => `${name}.${attribute}`));
  }
  assert.deepEqual(compared.sort(), [...rows, ...NOT_IN_PLANE].sort());
});

function other(value: unknown): unknown {
  if (typeof value === "boolean") return !value;
  if (typeof value === "number") return value + 1;
  if (typeof value === "string") return `${value}x`;
  return Array.isArray(value) ? [...value, "x"] : { ...(value as object), x: 1 };
}

/** Somebody else's deletion of one thing. */
interface Deletion {
  what: string;
  remove: () => Promise<unknown>;
  /** Everything that is to be made again. */
  gone: RegExp;
}

const DELETIONS: Deletion[] = [
  { what: "webhook", remove: () => concierge.call("DELETE", webhook()), gone: /^plane-webhook$/ },
  {
    what: "label",
    remove: () => api.call("DELETE", thing("labels", "plane-onboarding-label-review")),
    gone: /-label-review$/,
  },
  {
    what: "state",
    remove: () => api.call("DELETE", thing("states", "plane-onboarding-state-blocked")),
    gone: /-state-blocked$/,
  },
  {
    what: "work item",
    remove: () => api.call("DELETE", thing("work-items", "plane-onboarding-document")),
    gone: /-document$/,
  },
  {
    what: "member of a project",
    remove: () => api.call("DELETE", thing("members", "plane-onboarding-member-thot")),
    gone: /^plane-onboarding-member-thot$/,
  },
  {
    what: "member of the workspace, who also leaves its projects,",
    remove: () => concierge.call("DELETE", `${WORKSPACE}/members/${idOf("plane-member-thot")}/`),
    gone: /-member-thot$/,
  },
  {
    what: "project, with all that is in it,",
    remove: () => api.call("DELETE", `${project()}/`),
    gone: /^plane-onboarding/,
  },
  {
    what: "workspace, with all that is in it,",
    remove: async () => {
      await concierge.call("DELETE", `${WORKSPACE}/`);
      await purge();
    },
    gone: /^plane-(workspace|webhook|member|onboarding)/,
  },
];

/** What was in a deleted workspace goes later, in Plane's own time. */
async function purge(): Promise<void> {
  for (const table of [
    "workspace_members",
    "projects",
    "project_members",
    "states",
    "labels",
    "issues",
    "webhooks",
  ]) {
    await server.sql(
      `UPDATE ${table} SET deleted_at = now()
       WHERE workspace_id IN (SELECT id FROM workspaces WHERE deleted_at IS NOT NULL)`,
    );
  }
}

for (const { what, remove, gone } of DELETIONS) {
  test(`a ${what} deleted in Plane is to be created, and is made again`, async () => {
    await remove();
    await engine.refresh();
    assert.deepEqual(await engine.preview(), steps(namesOf(gone), "create"));
    await engine.up();
    assert.deepEqual(await server.world(), wanted);
    await engine.refresh();
    assert.deepEqual(await engine.preview(), {});
  });
}

test("the concierge's own token, revoked in Plane, is drift of that token alone and is mended", async () => {
  await concierge.call("DELETE", `/api/users/api-tokens/${outsOf("plane-token-concierge")["tokenId"]}/`);
  await engine.refresh();
  assert.deepEqual(await engine.preview(), { "plane-token-concierge": "update" });
  await engine.up();
  assert.deepEqual(await server.world(), wanted);
  api = PersonInPlane.withToken(server.url, String(outsOf("plane-token-concierge")["token"]));
  await engine.refresh();
  assert.deepEqual(await engine.preview(), {});
});

test("a secret that is renewed in Plane is no drift, and who uses the secret gets the new one", async () => {
  const before = outsOf("plane-webhook")["secret"];
  const { secret_key } = await concierge.call("POST", `${webhook()}regenerate/`);
  await engine.refresh();
  assert.notEqual(secret_key, before);
  assert.equal(outsOf("plane-webhook")["secret"], secret_key);
  assert.deepEqual(await engine.preview(), {});
});

test("what people and agents make and edit is no drift, and no run touches it", async () => {
  await api.call("POST", `${project()}/labels/`, { name: "by hand", color: "#111111" });
  await api.call("POST", `${project()}/states/`, { name: "By hand", color: "#111111", group: "started" });
  const { id: item } = await api.call("POST", `${project()}/work-items/`, { name: "By hand" });
  await api.call("POST", "/api/v1/workspaces/javisi/projects/", { name: "By hand", identifier: "HAND" });
  await concierge.call("POST", `${WORKSPACE}/webhooks/`, { url: "http://localhost:18099/by-hand" });
  await imhotep.call("POST", "/api/users/api-tokens/", { label: "by hand", expired_at: null });
  await imhotep.call("PATCH", "/api/users/me/", { user_timezone: "Europe/Paris" });
  await imhotep.call("PATCH", "/api/users/me/profile/", { language: "en" });
  await concierge.call("POST", `${WORKSPACE}/invitations/`, {
    emails: [{ email: "guest@javisi.test", role: 5 }],
  });
  const agent = PersonInPlane.withToken(server.url, String(outsOf("plane-token-imhotep")["token"]));
  await agent.call("PATCH", thing("work-items", "plane-onboarding-build"), {
    name: "Built",
    description_html: "<p>Done.</p>",
    priority: "none",
    state: idOf("plane-onboarding-state-blocked"),
    labels: [idOf("plane-onboarding-label-review")],
    assignees: [],
    parent: item,
  });
  const theirs = await server.world();
  await engine.refresh();
  assert.deepEqual(await engine.preview(), {});
  // With an update of everything: even then, nobody else's things are written to.
  await api.call("PATCH", thing("labels", "plane-onboarding-label-review"), { color: "#123456" });
  await engine.refresh();
  await engine.up();
  assert.deepEqual(await server.world(), theirs);
  await bringUp();
});

test("AUTH-01: the concierge's password, changed by hand, is drift of the instance alone, and can be told", async () => {
  const password = "Grain-Falcon-77-Orbit-Lamp-Stone";
  await concierge.call("POST", "/auth/change-password/", {
    old_password: passwordOf("plane-password-concierge"),
    new_password: password,
  });
  await engine.refresh();
  assert.deepEqual(await engine.preview(), { "plane-instance": "update" });
  await assert.rejects(engine.up(), (error: Error) => {
    assert.match(error.message, /concierge@javisi\.local/);
    assert.match(error.message, /pulumi config set --secret --path 'plane:accounts\.concierge\.password'$/);
    return true;
  });
  assert.deepEqual(await server.world(), wanted);

  const told = smaller(
    await insidePlane(server.url, { "plane:accounts": JSON.stringify({ concierge: { password } }) }),
  );
  const again = new InProcessEngine(told);
  for (const [name, entry] of engine.state) again.state.set(name, entry);
  await again.up();
  await again.refresh();
  assert.deepEqual(await again.preview(), {});
  assert.deepEqual(await server.world(), wanted);
  await bringUp();
});

test("an agent's password, changed by hand, does not matter until the agent's own session is needed", async () => {
  await imhotep.call("POST", "/auth/change-password/", {
    old_password: passwordOf("plane-password-imhotep"),
    new_password: "Grain-Falcon-77-Orbit-Lamp-Stone",
  });
  await engine.refresh();
  assert.deepEqual(await engine.preview(), {});
  const changed = await PersonInPlane.signIn(
    server.url,
    "imhotep@javisi.local",
    "Grain-Falcon-77-Orbit-Lamp-Stone",
  );
  await changed.call("PATCH", "/api/users/me/", { display_name: "the builder" });
  await engine.refresh();
  await assert.rejects(engine.up(), /imhotep@javisi\.local.*plane:accounts\.imhotep\.password/s);
  await bringUp();
});

test("a concierge who was put out of the workspace is told how it gets in again", async () => {
  const human = await PersonInPlane.signIn(server.url, "ada@javisi.test", passwordOf("plane-password-human"));
  await human.call("DELETE", `${WORKSPACE}/members/${idOf("plane-member-concierge")}/`);
  await engine.refresh();
  await assert.rejects(engine.up(), /"javisi" to which concierge@javisi\.local does not belong\. Make that/);
  await bringUp();
});

test("a Plane whose database was emptied is to be made anew, all of it, and one run does", async () => {
  await server.reset();
  await engine.refresh();
  const preview = await engine.preview();
  const made = Object.values(preview).filter((step) => step === "create").length;
  assert.deepEqual(
    namesOf(/^plane-(instance|workspace|onboarding|webhook)$/).map((name) => preview[name]),
    ["create", "create", "create", "create"],
  );
  assert.ok(made > 20, String(made));
  await engine.up();
  assert.deepEqual(await server.world(), wanted);
  await engine.refresh();
  assert.deepEqual(await engine.preview(), {});
});
