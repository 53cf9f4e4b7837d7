// Runs beside others: its servers have ports and folders of their own.
import "../support/quickRetries.ts";
import assert from "node:assert/strict";
import { after, before, beforeEach, suite, test } from "node:test";
import { TOKEN_ACCOUNTS } from "../../config.ts";
import { setPassword, setToken } from "../../providers/plane/credentials.ts";
import { InProcessEngine } from "../support/inProcessEngine.ts";
import { insidePlane, smaller } from "../support/insidePlane.ts";
import { PersonInPlane } from "../support/personInPlane.ts";
import { PlaneServer, type World } from "../support/planeServer.ts";
import { passwordOf, type RecordedResource } from "../support/recordedProgram.ts";

const ADOPT = { "platform:adopt": "true" };

let server: PlaneServer;

before(async () => {
  server = await PlaneServer.start({ apiRateLimit: 100_000 });
});
after(() => server.close());

/** As another stack would record it: with a name and passwords of its own. */
function ofAnotherStack(resources: RecordedResource[]): RecordedResource[] {
  return resources.map((resource) => {
    const text = JSON.stringify(resource.inputs)
      .replaceAll("plane-ops/inside", "plane-ops/another")
      .replaceAll(/"password":"(\w+)"/g, (_, password: string) => `"password":"${theirs(password)}"`);
    return { ...resource, inputs: JSON.parse(text) as Record<string, unknown> };
  });
}

function theirs(password: string): string {
  return [...password].reverse().join("");
}

function passwordOfTheirs(account: string): string {
  return theirs(passwordOf(`plane-password-${account}`));
}

function idsOf({ state }: InProcessEngine): Record<string, string> {
  return Object.fromEntries([...state].map(([name, { id }]) => [name, id]));
}

/** Everything that was sent besides what only looks: reads, and the forms that sign in. */
async function writes(): Promise<string[]> {
  return (await server.calls())
    .filter(({ method, path }) => method !== "GET" && !path.endsWith("/sign-in/"))
    .map(({ method, path }) => `${method} ${path}`);
}

suite("a Plane that another stack has brought up", () => {
  let first: InProcessEngine;
  let world: World;

  before(async () => {
    await server.reset();
    first = new InProcessEngine(ofAnotherStack(await insidePlane(server.url)));
    await first.up();
    world = await server.world();
  });
  beforeEach(() => server.clearCalls());

  const tokenOf = (account: string): string =>
    String(first.state.get(`plane-token-${account}`)?.outs["token"] ?? assert.fail(account));
  /** What a person tells us about every account of theirs. */
  const told = (changes: Record<string, object> = {}): Record<string, string> => ({
    ...ADOPT,
    "plane:accounts": JSON.stringify({
      ...Object.fromEntries(TOKEN_ACCOUNTS.map((account) => [account, { token: tokenOf(account) }])),
      concierge: { password: passwordOfTheirs("concierge"), token: tokenOf("concierge") },
      human: { password: passwordOfTheirs("human") },
      ...changes,
    }),
  });
  const everyCommand = [setPassword("concierge"), ...TOKEN_ACCOUNTS.map(setToken), setPassword("human")];

  async function refusal(raw: Record<string, string>): Promise<string> {
    const engine = new InProcessEngine(await insidePlane(server.url, raw));
    const error = await engine.up().then(
      () => assert.fail("it was taken over"),
      (reason: Error) => reason,
    );
    assert.deepEqual(idsOf(engine), {});
    assert.deepEqual(await writes(), []);
    assert.deepEqual(await server.world(), world);
    return error.message;
  }

  test("is refused without adopt, in one message that holds every command of the way out", async () => {
    const message = await refusal({});
    assert.ok(
      message.startsWith(`The Plane at ${server.url} is set up already, and not by this stack.`),
      message,
    );
    assert.deepEqual(
      message.split("\n").slice(1).sort(),
      ["pulumi config set platform:adopt true", ...everyCommand].map((line) => `    ${line}`).sort(),
    );
  });

  test("is refused with adopt alone, in one message that names every credential that is missing", async () => {
    const message = await refusal(ADOPT);
    assert.match(message, /is to be taken over \(platform:adopt\)/);
    assert.deepEqual(message.split("\n").slice(1).sort(), everyCommand.map((line) => `    ${line}`).sort());
  });

  test("is refused with only the credentials that are still missing in the message", async () => {
    const message = await refusal(told({ thot: {}, human: {} }));
    assert.deepEqual(
      message.split("\n").slice(1),
      [setToken("thot"), setPassword("human")].map((line) => `    ${line}`),
    );
  });

  test("is refused with a concierge's password that is not the one", async () => {
    const message = await refusal(
      told({ concierge: { password: "not-the-password-of-it", token: tokenOf("concierge") } }),
    );
    assert.match(message, /does not accept the password/);
    assert.ok(message.endsWith(setPassword("concierge")), message);
    assert.ok(!message.includes("not-the-password-of-it"));
  });

  test("is refused to a concierge that does not administer it, with where to mend that", async () => {
    await server.sql("CREATE TABLE put_away AS SELECT * FROM instance_admins");
    await server.sql("DELETE FROM instance_admins");
    try {
      const engine = new InProcessEngine(await insidePlane(server.url, told()));
      await assert.rejects(engine.up(), /concierge@javisi\.local does not administer .*god-mode/);
      assert.deepEqual(await writes(), []);
    } finally {
      await server.sql("INSERT INTO instance_admins SELECT * FROM put_away");
      await server.sql("DROP TABLE put_away");
    }
  });

  test("is taken over with tokens: no write, every id as it was, an identical world", async () => {
    const engine = new InProcessEngine(await insidePlane(server.url, told()));
    const steps = await engine.up();
    assert.ok(Object.values(steps).every((step) => step === "create"));
    assert.deepEqual(await writes(), []);
    assert.deepEqual(idsOf(engine), idsOf(first));
    assert.deepEqual(await server.world(), world);
    for (const account of TOKEN_ACCOUNTS) {
      assert.equal(engine.state.get(`plane-token-${account}`)?.outs["token"], tokenOf(account));
    }
    await engine.refresh();
    assert.deepEqual(await engine.preview(), {});
    assert.deepEqual(await engine.up(), {});
  });

  test("is taken over with passwords for some: their tokens are found again, and none is made", async () => {
    const some = Object.fromEntries(
      ["imhotep", "n8n"].map((account) => [account, { password: passwordOfTheirs(account) }]),
    );
    const engine = new InProcessEngine(await insidePlane(server.url, told(some)));
    await engine.up();
    // A token's value is shown by a PATCH that changes nothing, and by nothing else.
    const shown = (await writes()).map((call) => call.replace(/[0-9a-f-]{36}/, ":id"));
    assert.deepEqual(shown, Array(2).fill("PATCH /api/users/api-tokens/:id/"));
    assert.deepEqual(idsOf(engine), idsOf(first));
    assert.deepEqual(await server.world(), world);
    for (const account of TOKEN_ACCOUNTS) {
      assert.equal(engine.state.get(`plane-token-${account}`)?.outs["token"], tokenOf(account));
    }
  });

  test("stays the other stack's as well, which sees no drift", async () => {
    await first.refresh();
    assert.deepEqual(await first.preview(), {});
  });
});

suite("something of somebody's in a workspace of ours", () => {
  let resources: RecordedResource[];
  let engine: InProcessEngine;
  let wanted: World;
  let concierge: PersonInPlane;
  let human: PersonInPlane;

  beforeEach(async () => {
    await server.reset();
    resources = smaller(await insidePlane(server.url));
    engine = new InProcessEngine(resources);
    await engine.up();
    wanted = await server.world();
    const signIn = (email: string, account: string): Promise<PersonInPlane> =>
      PersonInPlane.signIn(server.url, email, passwordOf(`plane-password-${account}`));
    concierge = await signIn("concierge@javisi.local", "concierge");
    human = await signIn("ada@javisi.test", "human");
  });

  const api = (): PersonInPlane =>
    PersonInPlane.withToken(server.url, String(engine.state.get("plane-token-concierge")?.outs["token"]));
  const idOf = (name: string): string => engine.state.get(name)?.id ?? assert.fail(name);
  const projects = "/api/v1/workspaces/javisi/projects/";
  const inProject = (path: string): string => `${projects}${idOf("plane-onboarding")}/${path}`;

  /** The same stack with another configuration. */
  async function withConfig(raw: Record<string, string>): Promise<InProcessEngine> {
    const next = new InProcessEngine(smaller(await insidePlane(server.url, raw)));
    for (const [name, entry] of engine.state) next.state.set(name, entry);
    return next;
  }

  interface Theirs {
    what: string;
    /** Puts somebody's in the place of ours. */
    swap: () => Promise<unknown>;
    refused: RegExp;
  }

  const THEIRS: Theirs[] = [
    {
      what: "a label of the same name",
      swap: async () => {
        await api().call("DELETE", inProject(`labels/${idOf("plane-onboarding-label-review")}/`));
        await api().call("POST", inProject("labels/"), { name: "review", color: "#111111" });
      },
      refused: /has label "review" of project .* not this stack's: it was made by hand/,
    },
    {
      what: "a state of the same name",
      swap: async () => {
        await api().call("DELETE", inProject(`states/${idOf("plane-onboarding-state-blocked")}/`));
        const state = {
          name: "Blocked",
          color: "#111111",
          group: "started",
          external_source: "jira",
          external_id: "7",
        };
        await api().call("POST", inProject("states/"), state);
      },
      refused: /has state "Blocked" of project .* not this stack's: it was made by "jira"/,
    },
    {
      what: "a project of the same name",
      swap: async () => {
        await api().call("DELETE", inProject(""));
        await api().call("POST", projects, { name: "Onboarding", identifier: "OTHER" });
      },
      refused: /has project "Onboarding" \(ONB\) of workspace javisi already, .*: it was made by hand/,
    },
    {
      what: "a project of the same identifier",
      swap: async () => {
        await api().call("DELETE", inProject(""));
        await api().call("POST", projects, { name: "Other", identifier: "ONB" });
      },
      refused: /has project "Onboarding" \(ONB\) of workspace javisi already, .*: it was made by hand/,
    },
    {
      what: "a webhook of the same address",
      swap: async () => {
        await concierge.call("DELETE", `/api/workspaces/javisi/webhooks/${idOf("plane-webhook")}/`);
        await human.call("POST", "/api/workspaces/javisi/webhooks/", {
          url: "http://localhost:18099/webhook/plane",
        });
      },
      refused:
        /has webhook http:\/\/localhost:18099\/webhook\/plane of workspace javisi already, .*: somebody else made it/,
    },
    {
      what: "a workspace of the same slug",
      swap: async () => {
        engine.state.delete("plane-workspace");
        await server.sql(
          "UPDATE workspaces SET owner_id = (SELECT id FROM users WHERE email = 'ada@javisi.test')",
        );
        wanted = { ...wanted, workspaces: (await server.world())["workspaces"] ?? [] };
      },
      refused: /has workspace "javisi" already, .*: its owner is not concierge@javisi\.local/,
    },
  ];

  for (const { what, swap, refused } of THEIRS) {
    test(`${what} is refused with the reason, left as it is, and taken over with adopt`, async () => {
      await swap();
      await engine.refresh();
      const found = await server.world();
      await assert.rejects(engine.up(), (error: Error) => {
        assert.match(error.message, refused);
        assert.match(
          error.message,
          /It was left as it is\. To take it over: pulumi config set platform:adopt true$/,
        );
        return true;
      });
      assert.deepEqual(await server.world(), found);

      const adopting = await withConfig(ADOPT);
      await adopting.up();
      assert.deepEqual(await server.world(), wanted);
      await adopting.refresh();
      assert.deepEqual(await adopting.preview(), {});
    });
  }

  test("an account whose password nobody told is refused with both ways out, and known by its token", async () => {
    const thot = await PersonInPlane.signIn(
      server.url,
      "thot@javisi.local",
      passwordOf("plane-password-thot"),
    );
    await thot.call("POST", "/auth/change-password/", {
      old_password: passwordOf("plane-password-thot"),
      new_password: "Grain-Falcon-77-Orbit-Lamp-Stone",
    });
    const token = engine.state.get("plane-token-thot")?.outs["token"];
    engine.state.delete("plane-user-thot");
    await server.clearCalls();
    await assert.rejects(engine.up(), (error: Error) => {
      assert.match(error.message, /has an account thot@javisi\.local and does not accept the password/);
      assert.ok(error.message.includes(setPassword("thot")) && error.message.includes(setToken("thot")));
      return true;
    });
    assert.deepEqual(await writes(), []);

    const known = await withConfig({ "plane:accounts": JSON.stringify({ thot: { token } }) });
    await known.up();
    assert.deepEqual(await server.world(), wanted);
  });
});
