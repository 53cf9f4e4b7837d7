import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import MarkdownIt from "markdown-it";
import type { Json } from "../../components/openclaw/configuration.ts";
import { configurationProblems } from "../../components/openclaw/rules.ts";
import { OPENCLAW_VERSIONS } from "../../components/openclaw/version.ts";
import { ConfigError, parseConfig } from "../../config.ts";
import { readVersions } from "../../versions.ts";

const ROOT = join(import.meta.dirname, "../..");
const REX = "docs/REX-OPENCLAW-UPGRADE-PLANE.md";
const RUNBOOK = "docs/runbooks/openclaw.md";
const DOCUMENTS = ["README.md", ...globSync("docs/**/*.md", { cwd: ROOT })];

const text = (file: string) => readFileSync(join(ROOT, file), "utf8");
const all = (document: string, pattern: RegExp) =>
  [...text(document).matchAll(pattern)].map(([, found = ""]) => found);

for (const document of DOCUMENTS) {
  test(`every file that ${document} links to exists`, () => {
    const tokens = new MarkdownIt().parse(text(document), {}).flatMap(({ children }) => children ?? []);
    const targets = tokens
      .flatMap((token) => token.attrGet("href") ?? [])
      .map(String)
      .filter((target) => !target.includes("://"))
      .map((target) => target.replace(/#.*$/, ""));
    for (const target of targets) {
      assert.ok(existsSync(join(ROOT, dirname(document), decodeURI(target))), target);
    }
  });

  test(`every npm script and configuration key that ${document} names exists`, () => {
    const { scripts } = JSON.parse(text("package.json")) as { scripts: Record<string, string> };
    for (const name of all(document, /npm run ([a-z]+)/g)) assert.ok(name in scripts, `npm run ${name}`);
    for (const key of all(document, /\b((?:agents|openclaw|plane|platform):[a-z][A-Za-z]+)(?![\w-])/g)) {
      assert.ok(!isUnknown(key), key);
    }
  });
}

test("the commands of npm run openclaw in the runbook are those that its help has, all of them", () => {
  const inHelp = all("scripts/help/openclaw.txt", /^ {2}([a-z]+) /gm);
  const inRunbook = new Set(all(RUNBOOK, /npm run openclaw -- ([a-z]+)/g));
  assert.deepEqual([...inRunbook].toSorted(), inHelp.toSorted());
});

test("OPENCLAW-UPG-14: the report names every breaking change, and every version between the two", () => {
  const report = text(REX);
  for (const words of ["dmPolicy", "allowFrom", "groupAllowFrom", "onboard --reset", "openclaw secrets"]) {
    assert.ok(report.includes(words), words);
  }
  for (const version of ["2026.2.24", "2026.2.25", "2026.2.26"]) {
    assert.match(report, new RegExp(`^### ${version}$`, "m"));
  }
});

test("OPENCLAW-UPG-14: both versions accept what the report gives as an example", () => {
  const [example = ""] = all(REX, /^ {6}("channels": .*)$/gm);
  const { channels } = JSON.parse(`{${example}}`) as Json;
  for (const version of OPENCLAW_VERSIONS) {
    const of = (configuration: Json) =>
      configurationProblems(version, configuration).filter((problem) => problem.startsWith("channels."));
    assert.deepEqual(of({ channels }), []);
    assert.notDeepEqual(of({ channels: { telegram: { dmPolicy: "allowlist" } } }), []);
  }
});

test("every message that the runbook explains is one that the program says", () => {
  const sources = globSync(
    "{components/openclaw,providers/openclaw,skills/plane-bridge/faces/plugin}/**/*.{ts,mjs}",
    { cwd: ROOT },
  )
    .map(text)
    .join("\n");
  const tables = text(RUNBOOK).slice(text(RUNBOOK).indexOf("## Ce que disent les messages"));
  const messages = tables
    .split("\n")
    .filter((line) => line.startsWith("| `"))
    .flatMap((line) =>
      [...(line.split(" | ")[0] ?? "").matchAll(/`([^`]+)`/g)].map(([, message = ""]) => message),
    );
  assert.ok(messages.length > 10);
  for (const message of messages) {
    for (const part of message.split("…").map((words) => words.trim())) {
      assert.ok(sources.includes(part), `${message}: ${part}`);
    }
  }
});

/** Whether the program says of a key that there is none. */
function isUnknown(key: string): boolean {
  try {
    parseConfig(
      { [key]: "" },
      {
        project: "plane-ops",
        stack: "local",
        directory: "/srv/plane-ops",
        images: readVersions().images,
        secretKeys: new Set([key]),
      },
    );
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.some((problem) => problem.startsWith(`${key}: found a key that does not exist`));
  }
  return false;
}
