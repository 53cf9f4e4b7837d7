import { execFileSync } from "node:child_process";
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { wantedFromVersions } from "../standins/images/build.ts";

/** How an image of {@link buildFakeOpenclaw} misbehaves. */
export type Fault = "none" | "exits" | "mute" | "lame" | "denied";

/**
 * Builds an image that answers like OpenClaw within a second. The real one is for e2e tests: it takes half a minute to
 * start and half a gigabyte to save. The caller removes the image.
 */
export function buildFakeOpenclaw(reference: string, version: string, fault: Fault = "none"): void {
  // Any image with Node does.
  const base = wantedFromVersions(join(import.meta.dirname, "../..")).find(({ name }) => name === "minio");
  const folder = mkdtempSync(join(tmpdir(), "fake-openclaw-"));
  try {
    copyFileSync(join(import.meta.dirname, "fakeOpenclaw/openclaw.mjs"), join(folder, "openclaw.mjs"));
    writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "openclaw", version }));
    writeFileSync(
      join(folder, "Dockerfile"),
      [
        `FROM ${base?.reference}`,
        "COPY package.json openclaw.mjs /app/",
        `ENV FAKE=${fault}`,
        "WORKDIR /app",
        "ENTRYPOINT []",
        'CMD ["node", "openclaw.mjs", "gateway"]',
      ].join("\n"),
    );
    execFileSync("docker", ["build", "--quiet", "--tag", reference, folder], {
      env: { ...process.env, DOCKER_BUILDKIT: "0" },
      stdio: "pipe",
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
