import { readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Security options of the gateway's container for `openclaw:seccomp`. `default` is Docker's own profile, under which
 * everything works (OPENCLAW-UPG-04). `profile` is narrower: 222 calls that the gateway, its children, git and a shell
 * were seen to need, and none for namespaces, mounts, tracing, keys, BPF or io_uring, whatever the capabilities. clone3
 * and io_uring answer ENOSYS, so that glibc and libuv take the older calls. `exit_group` is in it: without it `runc init`
 * spins and the container cannot be removed (contracts/docker).
 */
export function seccompOption(choice: "default" | "profile"): string | undefined {
  return choice === "default" ? undefined : `seccomp=${seccompProfile()}`;
}

/** The profile's text, as Docker's API takes it; the docker client takes a file with the same. */
export function seccompProfile(): string {
  const file = join(import.meta.dirname, "seccomp/profile.json");
  return JSON.stringify(JSON.parse(readFileSync(file, "utf8")));
}
