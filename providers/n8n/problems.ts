import { call, type N8nApi, SCOPES } from "./client.ts";
import { N8nRefused, N8nUnreachable, send } from "./http.ts";

/** The one that the rules of its API were recorded from: they change between versions (contracts/n8n). */
export const TESTED_VERSIONS = ["2.30.7"];

/** What stands in the way of a deployment to an n8n, each with the step that mends it. */
export async function n8nProblems(api: N8nApi): Promise<string[]> {
  try {
    const [version, scopes] = await Promise.all([versionOf(api.url), scopesOf(api)]);
    return [
      ...(TESTED_VERSIONS.includes(version)
        ? []
        : [
            `the n8n at ${api.url} is version ${version}; workflows are deployed to ${TESTED_VERSIONS.join(", ")} only, ` +
              "for its API changes between versions: run that one, or pulumi config set notifications:enabled false",
          ]),
      ...missing(api.url, scopes),
    ];
  } catch (error) {
    if (error instanceof N8nRefused && [401, 403].includes(error.status))
      return [
        `the n8n at ${api.url} refuses the API key: make one there (Settings, n8n API), then pulumi config set --secret notifications:n8nApiKey`,
      ];
    if (error instanceof N8nRefused || error instanceof N8nUnreachable)
      return [`${error.message}; its address is notifications:n8nUrl`];
    throw error;
  }
}

function missing(url: string, scopes: string[]): string[] {
  const lacking = SCOPES.filter((scope) => !scopes.includes(scope));
  return lacking.length === 0
    ? []
    : [
        `the API key of the n8n at ${url} may not ${lacking.join(", ")}: make one that may, then pulumi config set --secret notifications:n8nApiKey`,
      ];
}

async function scopesOf(api: N8nApi): Promise<string[]> {
  return (await call<{ data: { scopes: string[] } }>(api, "GET", "/discover")).data.scopes;
}

/** The public API does not tell; the editor's page does, in what it would report errors with. */
async function versionOf(url: string): Promise<string> {
  const page = await (await send(url, { method: "GET", path: "/" })).text();
  const meta = /name="n8n:config:sentry" content="([^"]*)"/.exec(page)?.[1] ?? "";
  return /"release":"n8n@([^"]+)"/.exec(Buffer.from(meta, "base64").toString())?.[1] ?? "unknown";
}
