import type { OpenclawVersion } from "../../skills/plane-bridge/overlay.ts";
import { buildStandinImages, type StandinName } from "../standins/images/build.ts";

/** The image of the agents' tool sandboxes, as the platform calls the one that it builds on the host. */
export const SANDBOX_IMAGE = "openclaw-sandbox:bookworm-slim";

/**
 * The official image of a version; where the engine has none it is built from npm's package: 600 MB, on demand only.
 * @returns its reference.
 */
export async function openclawImage(version: OpenclawVersion): Promise<string> {
  return built("openclaw", `ghcr.io/openclaw/openclaw:${version}`);
}

/** The sandboxes' image, built when the engine has none; returns its reference. */
export async function sandboxImage(): Promise<string> {
  return built("openclawSandbox", SANDBOX_IMAGE);
}

async function built(name: StandinName, reference: string): Promise<string> {
  await buildStandinImages([{ name, reference }], console.log);
  return reference;
}
