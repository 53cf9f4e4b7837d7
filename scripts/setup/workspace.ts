import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { updateMade } from "./made.ts";
import { type Paths, projectName, stackName } from "./paths.ts";
import { Problem } from "./problem.ts";

/** Where the file backend keeps the local stack. */
export function stackFile(paths: Paths): string {
  return path.join(paths.state, ".pulumi", "stacks", projectName, `${stackName}.json`);
}

const settingsText = `# Settings of the local stack. Written once by \`npm start\`, ignored by git, yours to edit: every setting has a
# default that works, so this may stay empty. After a change, run \`npm start\` again. Two that are often wanted:
#
#   npm run pulumi -- config set platform:memoryBudget 3g -s local
#   npm run pulumi -- config set plane:apiRateLimit 200/minute -s local
#
# A wrong value is answered with what is allowed before anything is touched.
`;

/** Provides the file backend, its passphrase (0600, random) and Pulumi.local.yaml. */
export function provideWorkspace(paths: Paths): void {
  for (const folder of [paths.base, paths.bin, paths.cache, paths.pulumiHome, paths.state]) {
    mkdirSync(folder, { recursive: true });
  }
  chmodSync(paths.base, 0o700);
  if (!existsSync(paths.passphrase)) {
    if (existsSync(stackFile(paths))) {
      throw new Problem(
        `${paths.passphrase} is gone, but the state of the stack is there: its secrets cannot be read without it.\n` +
          "Put the file back, or remove the stack and start afresh: npm run down && npm start",
      );
    }
    forgetSalt(paths);
    writeFileSync(paths.passphrase, `${randomBytes(32).toString("base64url")}\n`, { mode: 0o600 });
  }
  if ((statSync(paths.passphrase).mode & 0o077) !== 0) chmodSync(paths.passphrase, 0o600);
  if (!existsSync(paths.settings)) {
    writeFileSync(paths.settings, settingsText);
    updateMade(paths, (made) => {
      made.settings = true;
    });
  }
}

/** A salt in Pulumi.local.yaml that belongs to an earlier passphrase would refuse the new one. */
function forgetSalt(paths: Paths): void {
  if (!existsSync(paths.settings)) return;
  const text = readFileSync(paths.settings, "utf8");
  if (!/^encryptionsalt:/m.test(text)) return;
  if (/^\s*-?\s*secure:/m.test(text) || /:\s*\{?\s*secure:/.test(text)) {
    throw new Problem(
      `${paths.settings} holds secret settings that were encrypted with a passphrase that is gone (${paths.passphrase}).\n` +
        "Remove its lines with `secure:` and its line `encryptionsalt:`, or the whole file, then run the command again.",
    );
  }
  writeFileSync(paths.settings, text.replace(/^encryptionsalt:.*\n?/m, ""));
}

/** Whether Pulumi.local.yaml holds no setting: comments (Pulumi drops them when it rewrites the file) and its salt at most. */
export function isUntouched(text: string): boolean {
  const meaningless = /^\s*(#.*)?$|^encryptionsalt:|^config: *(\{\})? *$/;
  return text.split("\n").every((line) => meaningless.test(line));
}
