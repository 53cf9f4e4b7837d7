import { execFile, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const MAX_OUTPUT = 64 * 1024 * 1024;

/** A package as apt chose it: name and exact version. */
export interface Package {
  name: string;
  version: string;
}

/**
 * Packages that a closure drags in and an image does not use: installers' helpers, Perl wrappers, the JIT.
 * PostgreSQL runs without its JIT when the module is absent.
 */
const LEFT_OUT =
  /^(perl.*|libperl.*|lib.*-perl|debconf|dpkg|adduser|passwd|libsemanage.*|libsepol.*|libpam-modules.*|usrmerge|ucf|sensible-utils|ssl-cert|openssl|postgresql-common|postgresql-client-common|init-system-helpers|sysvinit-utils|lsb-base|util-linux-extra|iproute2|libbpf.*|libelf.*|libxtables.*|libmnl.*|libtirpc.*|libcap2-bin|libllvm.*|libz3.*|gcc-.*-base|readline-common|libgdbm.*|libaudit-common|libc-l10n)$/;

const TRIMMED = [
  "./usr/share/doc",
  "./usr/share/doc-base",
  "./usr/share/man",
  "./usr/share/info",
  "./usr/share/lintian",
  "./usr/share/bug",
  "./usr/share/locale",
  "./usr/share/bash-completion",
  "./usr/share/postgresql/*/man",
  "./usr/lib/postgresql/*/lib/bitcode",
  "./usr/lib/postgresql/*/lib/llvmjit*",
  "./usr/lib/systemd",
  "./lib/systemd",
  "./usr/lib/udev",
  "./lib/udev",
  "./etc/init.d",
  "./etc/logrotate.d",
  "./etc/cron*",
  "./etc/default",
];

/** The directories that Debian keeps as links into /usr; packages still ship files below the old names. */
export const MERGED = ["bin", "sbin", "lib", "lib64"];

/**
 * Resolves, downloads and unpacks Debian packages with the host's own apt sources, without installing
 * anything on the host.
 */
export class DebianPackages {
  readonly #cache: string;
  readonly #report: (line: string) => void;
  #refresh: Promise<void> | undefined;

  constructor(cache: string, report: (line: string) => void) {
    this.#cache = join(cache, "debian");
    this.#report = report;
    mkdirSync(join(this.#cache, "archives"), { recursive: true });
  }

  /** `names` and what they depend on, as apt would install them on an empty system, minus what no image uses. */
  async closure(names: readonly string[]): Promise<Package[]> {
    const nothingInstalled = join(this.#cache, "no-status");
    writeFileSync(nothingInstalled, "");
    const { stdout } = await this.#withFreshLists(() =>
      run(
        "apt-get",
        [
          "-o",
          `Dir::State::status=${nothingInstalled}`,
          "-o",
          "APT::Install-Recommends=0",
          "-o",
          "Debug::NoLocking=1",
          "--simulate",
          "-y",
          "install",
          ...names,
        ],
        { maxBuffer: MAX_OUTPUT, env: { ...process.env, LC_ALL: "C" } },
      ),
    );
    return [...stdout.matchAll(/^Inst (\S+) \((\S+)/gm)]
      .map(([, name = "", version = ""]) => ({ name: name.replace(/:.*/, ""), version }))
      .filter(({ name }) => !LEFT_OUT.test(name));
  }

  /** Downloads what the cache lacks; apt checks each file against its signed index. */
  async download(packages: readonly Package[]): Promise<void> {
    const archives = join(this.#cache, "archives");
    const missing = packages.filter((p) => this.#archive(p) === undefined);
    if (missing.length === 0) return;
    // Fetched aside and moved in when whole: a killed download leaves nothing that looks finished.
    const aside = mkdtempSync(join(this.#cache, "fetch-"));
    try {
      await this.#withFreshLists(() =>
        run(
          "apt-get",
          [
            "-q",
            "-o",
            "APT::Sandbox::User=root",
            "-o",
            "Acquire::Retries=3",
            "download",
            ...missing.map((p) => `${p.name}=${p.version}`),
          ],
          { cwd: aside, maxBuffer: MAX_OUTPUT, env: { ...process.env, LC_ALL: "C" } },
        ),
      );
      for (const file of readdirSync(aside)) renameSync(join(aside, file), join(archives, file));
    } finally {
      rmSync(aside, { recursive: true, force: true });
    }
  }

  /** Unpacks into `directory`, laid out as merged /usr (`bin -> usr/bin` and so on). */
  async unpack(packages: readonly Package[], directory: string): Promise<void> {
    for (const name of MERGED) {
      mkdirSync(join(directory, "usr", name), { recursive: true });
      await run("ln", ["-sfn", join("usr", name), join(directory, name)]);
    }
    for (const p of packages) {
      const archive = this.#archive(p);
      if (archive === undefined) throw new Error(`Debian package ${p.name} ${p.version} was not downloaded`);
      await untar(archive, directory);
    }
  }

  #archive(p: Package): string | undefined {
    const archives = join(this.#cache, "archives");
    const stem = `${p.name}_${p.version.replaceAll(":", "%3a")}_`;
    const file = readdirSync(archives).find((f) => f.startsWith(stem) && f.endsWith(".deb"));
    return file === undefined ? undefined : join(archives, file);
  }

  /** apt's lists may be absent or older than the mirror: refresh them once, then try again. */
  async #withFreshLists<T>(action: () => Promise<T>): Promise<T> {
    const refreshedBefore = this.#refresh !== undefined;
    try {
      return await action();
    } catch (error) {
      if (refreshedBefore) throw explain(error);
      this.#refresh ??= this.#aptUpdate();
      await this.#refresh;
      return await action().catch((cause: unknown) => {
        throw explain(cause);
      });
    }
  }

  async #aptUpdate(): Promise<void> {
    this.#report("Debian's package lists are missing or old: apt-get update");
    await run("apt-get", ["-q", "update"], { maxBuffer: MAX_OUTPUT }).catch((cause: unknown) => {
      throw explain(cause);
    });
  }
}

/** Whether this machine can unpack Debian packages at all. */
export function isDebianLike(): boolean {
  return existsSync("/usr/bin/apt-get") && existsSync("/usr/bin/dpkg-deb");
}

function explain(error: unknown): Error {
  const { stderr = "", message } = error as { stderr?: string; message: string };
  const said = stderr
    .split("\n")
    .filter((line) => line.startsWith("E:"))
    .slice(0, 3)
    .join(" ");
  return new Error(
    `Debian's packages could not be fetched (${said || message}). ` +
      "Check that the machine reaches its Debian mirror: apt-get update",
  );
}

function untar(archive: string, directory: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const unpacked = spawn("dpkg-deb", ["--fsys-tarfile", archive], { stdio: ["ignore", "pipe", "inherit"] });
    const tar = spawn(
      "tar",
      [
        "-x",
        "-C",
        directory,
        "--keep-directory-symlink",
        "--no-same-owner",
        ...TRIMMED.map((path) => `--exclude=${path}`),
      ],
      { stdio: [unpacked.stdout, "ignore", "inherit"] },
    );
    unpacked.on("error", reject);
    tar.on("error", reject);
    tar.on("exit", (code) =>
      code === 0 ? resolve() : reject(new Error(`tar could not unpack ${archive} (exit ${code})`)),
    );
  });
}
