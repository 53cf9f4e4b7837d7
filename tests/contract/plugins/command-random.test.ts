import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { TestStack } from "./harness.ts";
import { Sshd } from "./sshd.ts";

describe("the command plugin", () => {
  let stack: TestStack;
  const sshd = new Sshd();
  const user = userInfo().username;
  const file = (name: string) => join(stack.folder, name);
  const connection = () =>
    `{ host: "127.0.0.1", port: ${sshd.port}, user: "${user}", privateKey: pulumi.secret(${JSON.stringify(sshd.read("user"))}), hostKey: ${JSON.stringify(sshd.read("host.pub"))} }`;

  const program = ({ triggers = "a", greeting = "hello" } = {}) => `
    new command.local.Command("plain", {
      create: "echo create:$GREETING:$(cat)-$PULUMI_COMMAND_STDOUT; echo; echo warned >&2", delete: "echo \\"$PULUMI_COMMAND_STDOUT\\" > deleted",
      stdin: pulumi.secret("canary"), environment: { GREETING: "${greeting}" }, logging: "none" });
    new command.local.Command("triggered", { create: "echo made >> triggered", triggers: ["${triggers}"] });
    new command.local.Command("updated", { create: "echo created", update: "echo updated after $PULUMI_COMMAND_STDOUT", environment: { G: "${greeting}" } });
    new command.local.Command("interpreted", { create: "process.stdout.write(process.cwd())", interpreter: ["node", "-e"], dir: "/" });
    new command.remote.Command("remote", { connection: ${connection()}, create: "echo remote:$GREETING:$(cat)", stdin: "in", environment: { GREETING: "${greeting}" } });
    export const ran = command.local.runOutput({ command: "echo run" }).stdout;`;

  before(async () => {
    await sshd.start();
    stack = new TestStack("standin-command");
    stack.program(program());
    await stack.up();
  });
  after(() => {
    sshd.stop();
    stack.remove();
  });

  test("a command has its input, environment, directory and interpreter, and one trailing line end is cut", async () => {
    const { stdout, stderr, stdin } = await stack.outputs("plain");
    assert.deepEqual([stdout, stderr], ["create:hello:canary-\n", "warned"]);
    assert.ok(
      String(JSON.stringify(stdin)).includes("1b47061264138c4ac30d75fd1eb44270"),
      "stdin stays secret",
    );
    assert.equal((await stack.outputs("interpreted")).stdout, "/");
    assert.match((await stack.pulumi("stack", "output", "ran")).output, /^run$/m);
  });

  test("a remote command goes over ssh with the key, and the key is left nowhere", async () => {
    assert.equal((await stack.outputs("remote")).stdout, "remote:hello:in");
    assert.deepEqual(
      readdirSync(tmpdir()).filter((name) => name.startsWith("pulumi-command-")),
      [],
    );
    assert.doesNotMatch((await stack.pulumi("stack", "export")).output, /BEGIN OPENSSH PRIVATE KEY/);
  });

  test("nothing changed is no step; a changed input runs update, or create again; a changed trigger replaces", async () => {
    assert.deepEqual(await stack.preview("--refresh"), []);
    stack.program(program({ triggers: "b", greeting: "bye" }));
    const steps = Object.fromEntries((await stack.preview()).map(({ name, op }) => [name, op]));
    assert.equal(steps.plain, "update");
    assert.equal(steps.remote, "update");
    assert.ok(steps.triggered?.includes("replace"), steps.triggered);
    await stack.up();
    assert.equal((await stack.outputs("updated")).stdout, "updated after created");
    assert.match(String((await stack.outputs("plain")).stdout), /^create:bye:canary-create:hello/);
    assert.equal((await stack.outputs("remote")).stdout, "remote:bye:in");
    assert.equal(readFileSync(file("triggered"), "utf8"), "made\nmade\n");
  });

  test("a failing command is an error with its status and what it printed; a wrong host key is one too", async () => {
    const good = program({ triggers: "b", greeting: "bye" });
    const other = JSON.stringify(sshd.read("user.pub"));
    stack.program(`${good}
      new command.local.Command("bad", { create: "echo some words; echo more words >&2; exit 4" });
      new command.remote.Command("badRemote", { connection: ${connection()}, create: "echo far words; exit 5" });
      new command.remote.Command("stranger", { connection: { ...${connection()}, hostKey: ${other} }, create: "true" });
      new command.remote.Command("refused", { connection: ${connection()}, create: "true", environment: { OTHER: "x" } });
      new command.remote.Command("away", { connection: { ...${connection()}, port: 1, dialErrorLimit: 2 }, create: "true" });`);
    const { code, output } = await stack.pulumi("up", "--yes", "--skip-preview", "--continue-on-error");
    assert.notEqual(code, 0);
    assert.match(output, /exit status 4: running "echo some words.*\n\s*some words\n\s*more words/);
    assert.match(output, /exit status 5: running "echo far words.*\n\s*far words/);
    assert.match(output, /Host key verification failed/);
    assert.match(
      output,
      /could not set environment variable "OTHER": the SSH server must name it in AcceptEnv/,
    );
    assert.match(
      output,
      /after 2 failed attempts: ssh: connect to host 127.0.0.1 port 1: Connection refused/,
    );
  });

  test("destroy runs the delete command with what was printed before", async () => {
    await stack.destroy();
    assert.match(readFileSync(file("deleted"), "utf8"), /^create:bye/);
  });
});

describe("the random plugin", () => {
  let stack: TestStack;
  const program = (keeper: string) => `
    const keepers = { k: "${keeper}" };
    const password = new random.RandomPassword("password", { length: 40, minUpper: 3, minNumeric: 3, minSpecial: 3, overrideSpecial: "_~", keepers });
    new random.RandomString("text", { length: 12, special: false, upper: false });
    new random.RandomId("id", { byteLength: 4, prefix: "p-" });
    new random.RandomUuid("uuid", {});
    new random.RandomBytes("bytes", { length: 16 });
    export const length = password.result.apply((text) => text.length);`;
  before(async () => {
    stack = new TestStack("standin-random");
    stack.program(program("a"));
    await stack.up();
  });
  after(() => stack.remove());

  test("values have the asked form, passwords are secret, and nothing changes by itself", async () => {
    const shown = await stack.pulumi("stack", "export", "--show-secrets");
    const state = JSON.parse(shown.output) as {
      deployment: { resources: { urn: string; outputs?: Record<string, { plaintext: string }> }[] };
    };
    const outputs = state.deployment.resources.find(({ urn }) => urn.endsWith("::password"))?.outputs;
    const password = JSON.parse(outputs?.result?.plaintext as string) as string;
    assert.match(password, /^[A-Za-z0-9_~]{40}$/);
    for (const kind of [/[A-Z]/g, /[0-9]/g, /[_~]/g]) assert.ok((password.match(kind) ?? []).length >= 3);
    assert.match(outputs?.bcryptHash?.plaintext as string, /^"\$2a\$10\$.{53}"$/);
    assert.match(String((await stack.outputs("text")).result), /^[a-z0-9]{12}$/);
    const { hex, dec, b64Url } = (await stack.outputs("id")) as Record<string, string>;
    assert.match(hex as string, /^p-[0-9a-f]{8}$/);
    assert.equal(dec, `p-${Number.parseInt((hex as string).slice(2), 16)}`);
    assert.equal(Buffer.from((b64Url as string).slice(2), "base64url").toString("hex"), hex?.slice(2));
    assert.match(String((await stack.outputs("uuid")).result), /^[0-9a-f]{8}-[0-9a-f]{4}-4/);
    assert.match(JSON.stringify((await stack.outputs("bytes")).base64), /ciphertext/);
    assert.deepEqual(await stack.preview("--refresh"), []);
  });

  test("a changed keeper replaces, a length that cannot hold the minimums is refused in preview", async () => {
    stack.program(program("b"));
    assert.ok((await stack.preview()).every(({ name, op }) => name !== "password" || op.includes("replace")));
    assert.equal(
      (await stack.preview()).some(({ name }) => name === "password"),
      true,
    );
    stack.program('new random.RandomString("text", { length: 2, minLower: 3 });');
    const { code, output } = await stack.pulumi("preview");
    assert.notEqual(code, 0);
    assert.match(output, /length must be 3 or more/);
  });

  test("a wrong type is refused in preview", async () => {
    stack.program('new random.RandomPassword("text", { length: "2" as never });');
    const { code, output } = await stack.pulumi("preview");
    assert.notEqual(code, 0);
    assert.match(output, /length must be a whole number; found a string/);
  });
});
