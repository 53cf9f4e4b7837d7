import { existsSync, mkdirSync } from "node:fs";
import { run } from "./stack.ts";

const SSHD = "/usr/sbin/sshd";

/**
 * Path of sshd, installed from Debian's packages when it is not there: the tests of remote hosts log in to this machine.
 * @throws with apt's words when it cannot be had.
 */
export async function provideSshd(): Promise<string> {
  if (!existsSync(SSHD)) {
    const install = "apt-get install -y --no-install-recommends openssh-server openssh-client";
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    const { text } = await run("sh", ["-c", `${install} || { apt-get update && ${install}; }`], { env });
    if (!existsSync(SSHD)) throw new Error(`these tests need sshd (${install}, as root): ${text}`);
  }
  // sshd insists on it.
  mkdirSync("/run/sshd", { recursive: true });
  return SSHD;
}
