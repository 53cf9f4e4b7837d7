import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const root = join(import.meta.dirname, "../..");

const USERS =
  "root:x:0:0:root:/root:/bin/sh\napp:x:999:999:app:/:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n";

/**
 * Builds a two-megabyte image with nothing but a static busybox in it, for containers of tests. The busybox
 * is Debian's, of this machine or its package archive. The caller removes the image.
 *
 * @param tag the image's name, as in "name:tag"
 */
export function buildBusyboxImage(tag: string): void {
  const folder = mkdtempSync(join(tmpdir(), "busybox-image-"));
  try {
    for (const name of ["bin", "tmp", "etc", "root"]) mkdirSync(join(folder, name));
    const busybox = findBusybox();
    execFileSync("install", ["-m", "755", busybox, join(folder, "bin/busybox")]);
    for (const applet of execFileSync(busybox, ["--list"], { encoding: "utf8" }).trim().split("\n")) {
      if (applet !== "busybox") symlinkSync("busybox", join(folder, "bin", applet));
    }
    writeFileSync(join(folder, "etc/passwd"), USERS);
    writeFileSync(join(folder, "etc/group"), "root:x:0:\napp:x:999:\n");
    const archive = execFileSync("tar", ["-c", "-C", folder, "--owner=0", "--group=0", "."], {
      maxBuffer: 2 ** 27,
    });
    execFileSync("docker", ["import", "--change", 'CMD ["sh"]', "-", tag], { input: archive });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function findBusybox(): string {
  const cached = join(root, ".plane-ops/cache/busybox-static/bin/busybox");
  const here = ["/bin/busybox", "/usr/bin/busybox", cached].find(
    (path) => existsSync(path) && isStatic(path),
  );
  if (here) return here;
  const folder = join(root, ".plane-ops/cache/busybox-static");
  mkdirSync(folder, { recursive: true });
  execFileSync("apt-get", ["download", "busybox-static"], { cwd: folder, stdio: "pipe" });
  const archive = readdirSync(folder).find((name) => name.endsWith(".deb"));
  execFileSync("dpkg", ["-x", join(folder, archive as string), folder]);
  return [cached, join(folder, "usr/bin/busybox")].find((path) => existsSync(path)) as string;
}

function isStatic(path: string): boolean {
  // A static program has no interpreter, so the loader refuses to list its libraries.
  try {
    execFileSync("ldd", [path], { stdio: "pipe" });
    return false;
  } catch {
    return true;
  }
}
