// First step of every npm script: plain JavaScript without dependencies, because on a bare machine there is
// nothing else yet. It installs the dependencies (Node 24 among them) and hands over to scripts/<command>.ts.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..");
const stampFile = path.join(root, ".plane-ops", "node_modules.json");
const localBin = path.join(root, "node_modules", ".bin");
const node24 = path.join(root, "node_modules", "node", "bin", "node");

/**
 * Whether node_modules holds every package that package-lock.json names, by npm's own record of what it finished
 * installing. An interrupted `npm ci` leaves no such record. Optional packages (other platforms) may be absent.
 */
export function isInstalled(lockText, recordText) {
  try {
    const wanted = JSON.parse(lockText).packages;
    const found = JSON.parse(recordText).packages;
    return Object.keys(wanted).every((key) => {
      if (key === "" || wanted[key].link) return true;
      return found[key] ? found[key].version === wanted[key].version : Boolean(wanted[key].optional);
    });
  } catch {
    return false;
  }
}

/** The message for a Node that is too old, or undefined when it will do. `version` as in process.versions.node. */
export function nodeProblem(version) {
  if (Number(version.split(".")[0]) >= 20) return undefined;
  return `Node ${version} runs this command; 20 or newer is needed. Install it from https://nodejs.org, then run the command again.`;
}

function fail(message) {
  console.error(`\n${message}`);
  process.exit(1);
}

function read(file) {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

/** PATH without node_modules/.bin: `npm ci` removes that folder, and npm must not run on a Node inside it. */
function outsidePath() {
  return (process.env.PATH || "")
    .split(path.delimiter)
    .filter((dir) => !dir.endsWith(path.join("node_modules", ".bin")))
    .join(path.delimiter);
}

async function install() {
  const lock = read(path.join(root, "package-lock.json"));
  if (!lock)
    fail(`package-lock.json is missing in ${root}. Restore it with: git checkout -- package-lock.json`);
  const hash = createHash("sha256").update(lock).digest("hex");
  const recordFile = path.join(root, "node_modules", ".package-lock.json");
  let stamp = {};
  try {
    stamp = JSON.parse(read(stampFile) || "{}");
  } catch {}
  if (existsSync(recordFile) && existsSync(node24)) {
    if (stamp.lock === hash) return;
    if (isInstalled(lock, read(recordFile))) {
      writeStamp({ lock: hash, installedByStart: stamp.installedByStart === true });
      return;
    }
  }
  // Whose node_modules it is decides whether `npm run down` removes it.
  const installedByStart = stamp.installedByStart === true || !existsSync(path.join(root, "node_modules"));
  writeStamp({ installedByStart });
  await npmCi();
  if (!existsSync(node24)) {
    fail(
      "npm ci ended well, but the npm package `node` did not bring its binary (node_modules/node/bin/node is missing).\n" +
        "Run: npm rebuild node --ignore-scripts=false",
    );
  }
  writeStamp({ lock: hash, installedByStart });
}

function writeStamp(stamp) {
  mkdirSync(path.dirname(stampFile), { recursive: true });
  writeFileSync(stampFile, `${JSON.stringify(stamp)}\n`);
}

function npmCi() {
  const started = Date.now();
  const seconds = () => `${Math.round((Date.now() - started) / 1000)} s`;
  const args = [
    "ci",
    "--no-audit",
    "--no-fund",
    "--prefer-offline",
    "--ignore-scripts=false",
    "--loglevel=error",
  ];
  args.push("--fetch-retries=1", "--fetch-retry-mintimeout=1000", "--fetch-retry-maxtimeout=3000");
  const viaNpm = process.env.npm_execpath && process.env.npm_node_execpath;
  const inside = (file) => file.startsWith(path.join(root, "node_modules") + path.sep);
  const direct =
    viaNpm && !inside(process.env.npm_node_execpath) && existsSync(process.env.npm_node_execpath);
  const [command, rest] = direct
    ? [process.env.npm_node_execpath, [process.env.npm_execpath, ...args]]
    : ["npm", args];
  return new Promise((resolve) => {
    console.log(
      "dependencies: npm ci (package-lock.json is newer than node_modules, or nothing is installed yet)",
    );
    const child = spawn(command, rest, {
      cwd: root,
      env: { ...process.env, PATH: outsidePath() },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let tail = "";
    const keep = (chunk) => {
      tail = (tail + chunk).slice(-8000);
    };
    child.stdout.on("data", keep);
    child.stderr.on("data", keep);
    const tty = process.stdout.isTTY;
    const timer = setInterval(
      () =>
        tty ? process.stdout.write(`\r  npm ci … ${seconds()} `) : console.log(`  npm ci … ${seconds()}`),
      tty ? 1000 : 10000,
    );
    let stopped = "";
    const stop = (signal) => {
      stopped = signal;
      child.kill(signal);
    };
    process.on("SIGINT", stop);
    process.on("SIGTERM", stop);
    child.on("error", (error) => {
      clearInterval(timer);
      fail(
        error.code === "ENOENT"
          ? "npm was not found on PATH. It comes with Node: install Node 20 or newer from https://nodejs.org, then run the command again."
          : `npm could not be started: ${error.message}`,
      );
    });
    child.on("close", (code, signal) => {
      clearInterval(timer);
      process.off("SIGINT", stop);
      process.off("SIGTERM", stop);
      if (tty) process.stdout.write("\r\u001b[K");
      if (signal || stopped) fail(`npm ci was stopped (${signal || stopped}). The next run starts it again.`);
      if (code !== 0) {
        // Usage that npm prints after its message would push the message out.
        const told = tail
          .trim()
          .split("\n")
          .filter((line) => line.replace(/^npm error/, "").trim());
        const usage = told.findIndex((line) => /^npm error (Clean install a project|Usage:)/.test(line));
        const lines = told.slice(0, usage < 0 ? undefined : usage).slice(-12);
        const network = /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|network/i.test(tail);
        fail(
          `npm ci failed after ${seconds()}${network ? ": npm's registry cannot be reached" : ""}. npm's last lines:\n` +
            `${lines.map((line) => `  ${line}`).join("\n")}\n` +
            (network
              ? "Check the network or `npm config get registry`, then run the command again."
              : "Mend what npm names, then run the command again."),
        );
      }
      console.log(`dependencies: installed by npm ci in ${seconds()}`);
      resolve();
    });
  });
}

async function main() {
  const tooOld = nodeProblem(process.versions.node);
  if (tooOld) fail(tooOld);
  const [command, ...args] = process.argv.slice(2);
  const commands = [
    "start",
    "status",
    "down",
    "test",
    "pulumi",
    "bench",
    "matrix",
    "openclaw",
    "backup",
    "restore",
    "drill",
  ];
  if (!commands.includes(command || "")) {
    fail(`Usage: node scripts/bootstrap.mjs <${commands.join("|")}> [arguments]`);
  }
  // `pulumi --help` is Pulumi's own help: everything after `pulumi --` belongs to it.
  if (command !== "pulumi" && (args.includes("--help") || args.includes("-h"))) {
    process.stdout.write(read(path.join(root, "scripts", "help", `${command}.txt`)));
    return;
  }
  if (process.platform === "win32") fail("Windows is not supported: run this inside WSL 2.");
  const bare = !existsSync(path.join(root, ".plane-ops")) && !existsSync(path.join(root, "node_modules"));
  if (bare && (command === "status" || command === "down")) {
    console.log("Nothing is set up in this checkout. Bring it up with: npm start");
    return;
  }
  await install();
  const child = spawn(node24, [path.join(root, "scripts", `${command}.ts`), ...args], {
    cwd: root,
    stdio: "inherit",
    // Node's own fetch follows HTTPS_PROXY and the like only when it is told to.
    env: { ...process.env, PATH: `${localBin}${path.delimiter}${outsidePath()}`, NODE_USE_ENV_PROXY: "1" },
  });
  // On a terminal the child gets the signal itself; from a supervisor only this process does.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.on(signal, () => {
      if (!process.stdin.isTTY || signal !== "SIGINT") child.kill(signal);
    });
  }
  child.on("close", (code, signal) => process.exit(signal ? 130 : (code ?? 1)));
  child.on("error", (error) =>
    fail(`${node24} could not be started: ${error.message}. Run: rm -rf node_modules`),
  );
}

if (import.meta.url === pathToFileURL(process.argv[1] || "").href) {
  // A stamp of a half-finished installation must not survive an unexpected error.
  main().catch((error) => {
    rmSync(stampFile, { force: true });
    fail(String(error.message || error));
  });
}
