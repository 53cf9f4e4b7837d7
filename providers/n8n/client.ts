import { N8nError, N8nRefused, type N8nRequest, persistently, send, sendOnce } from "./http.ts";

/** The way into an n8n; all of it is secret. */
export interface N8nApi {
  /** Without a slash at the end. */
  url: string;
  /** Of a key with {@link SCOPES}. */
  apiKey: string;
}

const verbs = (what: string, ...names: string[]) => names.map((verb) => `${what}:${verb}`);

/** What the key of a deployment may do; n8n enforces it (contracts/n8n). */
export const SCOPES = [
  ...verbs("workflow", "create", "read", "update", "delete", "list", "activate", "deactivate"),
  ...verbs("credential", "create", "read", "update", "delete", "list"),
  ...verbs("dataTable", "create", "read", "update", "delete", "list"),
  ...verbs("dataTableColumn", "create", "read"),
].sort();

/** A request of the public API that may be made twice. */
export async function call<T>(api: N8nApi, method: string, path: string, body?: object): Promise<T> {
  return parsed(await send(api.url, request(api, method, path, body)));
}

/** As {@link call}; undefined for what is not there. */
export async function callIfThere<T>(api: N8nApi, method: string, path: string): Promise<T | undefined> {
  return call<T>(api, method, path).catch((error: unknown) => {
    if (error instanceof N8nRefused && error.status === 404) return undefined;
    throw error;
  });
}

/** Makes what is not there yet. An answer that was lost shows in that it is there then: it is never made twice. */
export function getOrMake<T extends object>(
  api: N8nApi,
  find: () => Promise<T | undefined>,
  path: string,
  body: object,
): Promise<T> {
  return persistently(
    async () =>
      (await find()) ?? (await parsed<T>(await sendOnce(api.url, request(api, "POST", path, body)))),
  );
}

/** Every one of a paged list. */
export async function listAll<T>(api: N8nApi, path: string): Promise<T[]> {
  const found: T[] = [];
  let cursor = "";
  do {
    const page = await call<{ data: T[]; nextCursor?: string | null }>(
      api,
      "GET",
      `${path}${path.includes("?") ? "&" : "?"}limit=250${cursor}`,
    );
    found.push(...page.data);
    cursor = page.nextCursor ? `&cursor=${encodeURIComponent(page.nextCursor)}` : "";
  } while (cursor !== "");
  return found;
}

/**
 * The one of its kind: n8n lets two things have one name, and then nobody can say which is ours.
 * @throws N8nError for two.
 */
export function onlyOne<T extends { id: string }>(what: string, found: T[]): T | undefined {
  if (found.length > 1)
    throw new N8nError(
      `n8n has ${found.length} ${what}: ${found.map(({ id }) => id).join(", ")}. Rename or delete all but one, then run it again`,
    );
  return found[0];
}

function request({ apiKey }: N8nApi, method: string, path: string, body?: object): N8nRequest {
  return { method, path: `/api/v1${path}`, headers: { "X-N8N-API-KEY": apiKey }, ...(body && { body }) };
}

async function parsed<T>(answer: Response): Promise<T> {
  const text = await answer.text();
  return (text === "" ? undefined : JSON.parse(text)) as T;
}
