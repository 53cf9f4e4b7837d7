import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildBusyboxImage } from "./busybox-image.ts";

/** Says when it was asked to stop, as a gateway that closes its files does. */
const PROGRAM = `trap 'echo closed > "$STATE/system/closed"; exit 0' TERM; while :; do sleep 1 & wait $!; done`;

/**
 * Builds a two-megabyte image that has of OpenClaw what archives look at: its package.json. Its program writes into
 * the state when it is stopped. The caller removes the image.
 */
export function buildGatewayImage(tag: string, version: string): void {
  const base = `${tag}-base`;
  const folder = mkdtempSync(join(tmpdir(), "gateway-image-"));
  buildBusyboxImage(base);
  try {
    mkdirSync(join(folder, "app"));
    writeFileSync(join(folder, "app/package.json"), JSON.stringify({ name: "openclaw", version }));
    const docker = (...args: string[]) =>
      execFileSync("docker", args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }).trim();
    const id = docker("create", base);
    docker("cp", join(folder, "app"), `${id}:/app`);
    docker("commit", "--change", `CMD ${JSON.stringify(["sh", "-c", PROGRAM])}`, id, tag);
    docker("rm", id);
    docker("rmi", base);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
