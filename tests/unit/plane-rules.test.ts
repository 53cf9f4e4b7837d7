import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import * as rules from "../../plane/rules.ts";

/** Values that a rule has to take and to refuse; a comment names the recorded case of contracts/plane. */
function check<T>(rule: (value: T) => string | undefined, good: T[], bad: T[]) {
  for (const value of good) assert.equal(rule(value), undefined, String(value));
  for (const value of bad) {
    const sentence = rule(value);
    assert.match(sentence ?? `no sentence about ${value}`, /^The .+ is "[^]*"; allowed: .+\.$/);
  }
}

const long = (length: number) => "x".repeat(length);

test("PROV-01: a workspace slug is 1 to 48 letters, digits, - and _, and none of Plane's own words", () => {
  check(
    rules.workspaceSlugProblem,
    // bringup.workspace.create; instance.workspaces.create
    ["javisi", "second", "Javisi_2-b", long(48)],
    // workspace.create.bad-slug; workspace.create.restricted-slug
    ["javisi space", "api", "API", "god-mode", "", "é", "a/b", "a\n", long(49)],
  );
});

test("PROV-01: a workspace name has no URL, and a dot between two words is one to Plane", () => {
  check(
    rules.workspaceNameProblem,
    ["Javisi", "L'équipe & co. (2026)", long(80)],
    // workspace.create.url-in-name; workspace.create.missing-slug
    ["see https://javisi.fr", "", "Node.js", "www.javisi", "10.0.0.1", " Javisi", long(81)],
  );
});

test("AUTH-02: a person's name has no URL", () => {
  check(rules.personNameProblem, ["Ada Lovelace", "R2D2"], ["ada.fr", "http://x", ""]);
});

test("PROV-02: a project name has none of the characters that Plane refuses, each named in the answer", () => {
  check(
    rules.projectNameProblem,
    // project.create; project.create.lowercase-identifier
    ["Infrastructure", "lower", "Onboarding", "Équipe 2 / été", long(255)],
    // project.create.special-chars; project.create.no-name
    ["Bad & <name>", "", "Mise-à-jour", "L'infra", "v1.0", "Quoi ?", "Onboarding ", long(256)],
  );
  assert.match(rules.projectNameProblem("Bad & <name>") ?? "", /Plane refuses & < > /);
});

test("PROV-02: a project identifier is 1 to 12 letters and digits", () => {
  check(
    rules.projectIdentifierProblem,
    // project.create; project.create.lowercase-identifier
    ["INFRA", "low", "ONBOARDING12"],
    // project.create.long-identifier; project.create.special-chars; project.create.no-identifier
    ["ABCDEFGHIJKLMNOP", "BAD-ID", "", "É", "A B", "A\n"],
  );
});

test("a colour is #rrggbb, although Plane takes any text", () => {
  check(
    rules.colorProblem,
    // label.create
    ["#ff0000", "#46A758"],
    // label.create.bad-color-accepted
    ["not-a-color", "#fff", "ff0000", "#gg0000", "", "#ff0000\n"],
  );
});

test("AUTH-01: a role is 20, 15 or 5", () => {
  check(
    rules.roleProblem,
    Object.values(rules.ROLES),
    // invite.v1.create.bad-role; project.members.add.bad-role; invite.create.bad-role
    [7, 9, 25, 0, 10, Number.NaN],
  );
});

test("AUTH-01: an e-mail address has a domain with a dot, and small letters", () => {
  check(
    rules.emailProblem,
    ["concierge@javisi.local", "admin@javisi.test", "n8n@javisi.local", "ada+plane@mail.example.org"],
    // invite.create.bad-email; bringup.instance-admin.sign-up.invalid-email
    [
      "nope",
      "a@b",
      "Ada@javisi.local",
      "a b@javisi.local",
      "a..b@javisi.local",
      "@javisi.local",
      "",
      "a@javisi.local\n",
    ],
  );
});

test("AUTH-01: a password that Plane calls too weak is refused before Plane is asked, without showing it", async () => {
  // bringup.instance-admin.sign-up.weak-password
  for (const weak of ["password1", "qwerty2024", "azertyuiop", "aaaaaaaaaaaaaaaa", ""]) {
    const sentence = await rules.passwordProblem(weak);
    assert.match(
      sentence ?? "",
      /^The password is too weak: strength [0-2] of 4 found, 3 is what Plane asks for/,
    );
    if (weak) assert.ok(!sentence?.includes(weak));
  }
  for (const strong of ["xK9#mQ2$vL7pW4zT", "girafe tournevis nuage patience"])
    assert.equal(await rules.passwordProblem(strong), undefined);
});

test("the password lists are loaded for the first password, and not with the rules", () => {
  const program = `
    import { createRequire } from "node:module";
    const loaded = () => Object.keys(createRequire(import.meta.url).cache).some((file) => file.includes("zxcvbn"));
    const { passwordProblem } = await import(process.argv[1]);
    console.log(loaded());
    await passwordProblem("x");
    console.log(loaded());`;
  const rulesUrl = new URL("../../plane/rules.ts", import.meta.url).href;
  const options = ["--input-type=module", "-e", program, rulesUrl];
  assert.equal(execFileSync(process.execPath, options, { encoding: "utf8" }), "false\ntrue\n");
});

test("NOTIF-01: a webhook goes to a host with a dot, an IP address, or localhost with a port", () => {
  check(
    rules.webhookUrlProblem,
    [
      "https://work.ewutelo.cloud/webhooks/plane",
      "http://localhost:18099/hook", // webhook.create.500
      "http://127.0.0.1:18099/allowed", // webhook.allow.allowed-host-127
      "http://hooks.javisi.test/x", // webhook.allow.allowed-host-unresolvable
      "http://n8n.internal:5678/hook",
      "http://[fd00::1]:5678/x?y=1#z",
    ],
    [
      "http://n8n:5678/hook", // webhook.create.no-dot-host-url
      "http://n8n:5678/webhook/x", // webhook.allow.no-dot-allowed-host
      "http://127.0.0.1/hook", // webhook.create.netloc-127
      "http://sub.127.0.0.1:80/x", // webhook.allow.subdomain-of-api-host
      "ftp://example.com/x", // webhook.create.ftp
      "", // webhook.create.no-url
      "work.ewutelo.cloud/webhooks",
      "http://javisi_n8n.internal/x",
      "http://a.b:99999/",
      "http://a.example/with space",
      `https://a.example/${long(1024)}`,
    ],
  );
});

test("NOTIF-01: a secret in a webhook URL is refused and not shown", () => {
  const sentence = rules.webhookUrlProblem("https://ada:hunter2@work.example.org/x") ?? "";
  assert.match(sentence, /no user and password/);
  assert.doesNotMatch(sentence, /hunter2|ada/);
});

test("PROV-02: a state's group is one of five", () => {
  check(
    rules.stateGroupProblem,
    ["backlog", "unstarted", "started", "completed", "cancelled"],
    // state.create.bad-group
    ["weird", "triage", "Started", ""],
  );
});

test("names of labels, states, tokens and work items have up to 255 characters and no spaces at the ends", () => {
  // label.create; label.create.name-too-long; work-item.external-id.256
  for (const rule of [
    rules.labelNameProblem,
    rules.stateNameProblem,
    rules.tokenLabelProblem,
    rules.workItemNameProblem,
    rules.externalIdProblem,
  ])
    check(rule, ["agent:imhotep", "role:dev", "😀".repeat(255)], [long(256), "", " x", "x ", "a\0b"]);
});

test("a name that is too long is shown short", () => {
  assert.match(rules.labelNameProblem(long(300)) ?? "", /"x{59}… \(300 characters\)"/);
});

test("PROV-01: a time zone is a name of the database, and no offset", () => {
  check(
    rules.timeZoneProblem,
    ["UTC", "Europe/Paris", "America/Port_of_Spain", "America/Argentina/Buenos_Aires", "Asia/Calcutta"],
    // user.patch.bad-timezone; project.patch.bad-timezone
    ["Mars/Base", "+02:00", "europe/paris", "", "Paris"],
  );
});

test("PROV-01: a language is one that Plane has a translation for, although it takes any text", () => {
  check(
    rules.languageProblem,
    ["fr", "en", "pt-BR"],
    // user.profile.patch.unknown-language
    ["xx-not-a-language", "FR", "", "fr-FR"],
  );
});
