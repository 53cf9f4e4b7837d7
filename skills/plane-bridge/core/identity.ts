import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Access } from "../../../plane/access.ts";
import type { Agent, BridgeConfig } from "./config.ts";
import { BridgeError } from "./errors.ts";

/**
 * The token in a file, read at each call: a rotation needs no restart.
 * @throws BridgeError when there is none, or when others than its owner may read it.
 */
export function readSecretFile(path: string, what: string): string {
  let mode: number;
  let text: string;
  try {
    mode = statSync(path).mode;
    text = readFileSync(path, "utf8").trim();
  } catch {
    throw new BridgeError(`There is no ${what} at ${path}`, "tell a person: pulumi up --refresh writes it");
  }
  if ((mode & 0o077) !== 0) {
    throw new BridgeError(`${path} may be read by others than its owner`, `tell a person: chmod 600 ${path}`);
  }
  if (text === "") throw new BridgeError(`${path} is empty`, "tell a person: pulumi up --refresh writes it");
  return text;
}

/** An agent's way into Plane: its own token, and nobody else's. */
export function accessOf(config: BridgeConfig, agent: Agent): Access {
  return accessWith(config, agent.email, readSecretFile(join(config.tokens, agent.agentId), "Plane token"));
}

export function accessWith(config: BridgeConfig, email: string, token: string): Access {
  return { url: config.url, email, password: "", token, rateLimit: config.rateLimit, deployed: false };
}
