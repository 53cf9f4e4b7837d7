import { getProject, getStack } from "@pulumi/pulumi";
import { allConfig } from "@pulumi/pulumi/runtime/config.js";
import { type PlaneOpsConfig, parseConfig } from "../config.ts";
import { readVersions } from "../versions.ts";

/**
 * The running stack's configuration.
 * @throws ConfigError with all problems at once.
 */
export function stackConfig(): PlaneOpsConfig {
  return parseConfig(allConfig(), {
    project: getProject(),
    stack: getStack(),
    directory: process.cwd(),
    images: readVersions().images,
    // The SDK has no public way to ask whether a key is stored encrypted.
    secretKeys: new Set(JSON.parse(process.env.PULUMI_CONFIG_SECRET_KEYS ?? "[]") as string[]),
    dockerHost: process.env.DOCKER_HOST,
  });
}
