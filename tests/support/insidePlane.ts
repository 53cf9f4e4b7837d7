import { type PlaneOpsConfig, parseConfig } from "../../config.ts";
import { readVersions } from "../../versions.ts";
import { type RecordedResource, recordProgram } from "./recordedProgram.ts";

/** Settings of a stack that only reconciles the inside of the Plane at `url`. */
export function insideSettings(url: string): Record<string, string> {
  return {
    "plane:deploy": "false",
    "platform:protect": "false",
    "plane:url": url,
    "plane:adminEmail": "ada@javisi.test",
    "plane:webhookUrl": "http://localhost:18099/webhook/plane",
    "plane:apiRateLimit": "100000/minute",
  };
}

/** The same as checked configuration. */
export function insideConfig(url: string, raw: Record<string, string> = {}): PlaneOpsConfig {
  return parseConfig(
    { ...insideSettings(url), ...raw },
    {
      project: "plane-ops",
      stack: "inside",
      directory: "/srv/plane-ops",
      images: readVersions().images,
      secretKeys: new Set(["plane:accounts"]),
    },
  );
}

/** The resources of the real program against the Plane at `url`. */
export function insidePlane(url: string, raw: Record<string, string> = {}): Promise<RecordedResource[]> {
  return recordProgram(insideConfig(url, raw), url);
}

const SMALL_ACCOUNTS = ["concierge", "imhotep", "thot", "human"];
const SMALL_PARTS = ["state-todo", "state-blocked", "state-backlog", "label-review", "label-agent-"];

/** A part of the program that has every kind of resource and fewer of each: for tests that run it many times. */
export function smaller(resources: RecordedResource[]): RecordedResource[] {
  const kept = resources.filter(({ name }) => {
    const [, account] = /-(?:user|member|token)-([\w]+)$/.exec(name) ?? [];
    if (account !== undefined) return SMALL_ACCOUNTS.includes(account);
    const [, part = ""] = /^plane-onboarding-((?:state|label)-.*)$/.exec(name) ?? [];
    if (part.startsWith("label-agent-")) return SMALL_ACCOUNTS.includes(part.replace("label-agent-", ""));
    return part === "" || SMALL_PARTS.includes(part);
  });
  return kept.map((resource) =>
    resource.name === "plane-retired-tokens" ? { ...resource, inputs: currentOf(resource.inputs) } : resource,
  );
}

function currentOf({ current }: Record<string, unknown>): Record<string, unknown> {
  const entries = Object.entries(current as object).filter(([account]) => SMALL_ACCOUNTS.includes(account));
  return { current: Object.fromEntries(entries) };
}
