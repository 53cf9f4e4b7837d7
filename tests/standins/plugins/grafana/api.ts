import type { Properties } from "../values.ts";

/** What Grafana answers with instead of doing it. */
export class GrafanaRefused extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

let address = "";
let authorization = "";

const DONE = ["url", "auth", "orgId"];

/** Takes the provider's configuration. Throws where an option is not one of the stand-in's. */
export async function configureGrafana(config: Properties): Promise<void> {
  const notDone = Object.keys(config).filter((key) => !DONE.includes(key) && config[key] !== undefined);
  if (notDone.length > 0)
    throw new Error(`the stand-in for grafana does not do the provider option ${notDone.join(", ")}`);
  if (typeof config.url !== "string" || typeof config.auth !== "string")
    throw new Error("the Grafana client is required: set url and auth of the provider");
  address = config.url.replace(/\/$/, "");
  // A token, or a user's name and password, as the official plugin takes it.
  authorization = config.auth.includes(":")
    ? `Basic ${Buffer.from(config.auth).toString("base64")}`
    : `Bearer ${config.auth}`;
}

/** One request to Grafana's HTTP API. */
export async function ask<T>(method: string, path: string, body?: unknown): Promise<T> {
  const response = await fetch(`${address}${path}`, {
    method,
    headers: { authorization, "content-type": "application/json" },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (response.ok) return (text === "" ? {} : JSON.parse(text)) as T;
  throw new GrafanaRefused(response.status, `[${method} ${path}][${response.status}] ${text}`);
}

/** The same, with undefined for what is not there. */
export async function found<T>(answer: Promise<T>): Promise<T | undefined> {
  return answer.catch((error: unknown) => {
    if (error instanceof GrafanaRefused && error.status === 404) return undefined;
    throw error;
  });
}

/** The address that people see in the outputs. */
export function grafanaUrl(): string {
  return address;
}
