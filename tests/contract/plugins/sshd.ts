import { execFileSync, spawn } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { provideSshd } from "../../support/sshd-program.ts";

/** An sshd of our own on a free port of loopback, with one key that may log in. */
export class Sshd {
  readonly folder = mkdtempSync(join(tmpdir(), "standin-sshd-"));
  port = 0;
  private child: ReturnType<typeof spawn> | undefined;

  async start(): Promise<void> {
    const program = await provideSshd();
    for (const name of ["host", "user"]) {
      execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", join(this.folder, name)]);
    }
    chmodSync(this.folder, 0o755);
    this.port = await new Promise((resolve) => {
      const probe = createServer().listen(0, "127.0.0.1", () => {
        const { port } = probe.address() as { port: number };
        probe.close(() => resolve(port));
      });
    });
    const config = join(this.folder, "config");
    writeFileSync(
      config,
      `Port ${this.port}\nListenAddress 127.0.0.1\nHostKey ${join(this.folder, "host")}\nPidFile none\n` +
        `AuthorizedKeysFile ${join(this.folder, "user.pub")}\nStrictModes no\nUsePAM no\nPermitRootLogin yes\n` +
        "PasswordAuthentication no\nAcceptEnv GREETING PULUMI_COMMAND_*\n",
    );
    this.child = spawn(program, ["-D", "-f", config], { stdio: "ignore" });
  }

  read(name: string): string {
    return readFileSync(join(this.folder, name), "utf8");
  }

  stop(): void {
    this.child?.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
