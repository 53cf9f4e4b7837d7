import "../../plane/localhost.ts";
import type { dynamic } from "@pulumi/pulumi";
import pRetry from "p-retry";
import { difference } from "../difference.ts";

/** The person that owns an n8n of this stack, and the API key that the stack works with. */
export interface OwnerInputs {
  /** Where n8n is reached, without a slash at the end. */
  url: string;
  email: string;
  /** Secret. */
  password: string;
  /** Of the key, in n8n's settings. */
  label: string;
  /** What the key may do; n8n enforces it. */
  scopes: string[];
}

export interface OwnerOutputs extends OwnerInputs {
  /** Secret; n8n shows it once. */
  apiKey: string;
}

export async function check(_olds: unknown, news: OwnerInputs): Promise<dynamic.CheckResult> {
  return { inputs: news };
}

export async function diff(_id: string, olds: OwnerOutputs, news: OwnerInputs): Promise<dynamic.DiffResult> {
  return difference({ ...olds }, { ...news }, ["email"]);
}

/** Sets a new n8n up, or signs in to the one that a killed run has set up; its key is made anew. */
export async function create(inputs: OwnerInputs): Promise<dynamic.CreateResult> {
  return { id: inputs.email, outs: { ...inputs, apiKey: await newKey(inputs) } };
}

/** A key that n8n does not know any more is gone; an n8n that does not answer says nothing of it. */
export async function read(id: string, props: OwnerOutputs): Promise<dynamic.ReadResult> {
  const answer = await fetch(`${props.url}/api/v1/workflows?limit=1`, {
    headers: { "X-N8N-API-KEY": props.apiKey },
    signal: AbortSignal.timeout(10_000),
  }).catch(() => undefined);
  if (answer?.status === 401) return {};
  const { apiKey: _, ...inputs } = props;
  return { id, props, inputs };
}

export async function update(
  _id: string,
  _olds: OwnerOutputs,
  news: OwnerInputs,
): Promise<dynamic.UpdateResult> {
  return { outs: { ...news, apiKey: await newKey(news) } };
}

/** An owner cannot be taken back: it goes with n8n's own data. */
async function remove(): Promise<void> {}

export { remove as delete };

async function newKey(inputs: OwnerInputs): Promise<string> {
  const { url, label, scopes } = inputs;
  const cookie = await enter(inputs);
  type Keys = { data: { items: { id: string; label: string }[] } };
  const { data: keys } = await call<Keys>(url, "GET", "api-keys", { cookie });
  // Its value is shown once, so one of this label is of no use any more.
  for (const { id } of keys.items.filter((key) => key.label === label))
    await call(url, "DELETE", `api-keys/${id}`, { cookie });
  const body = { label, scopes, expiresAt: null };
  const { data } = await call<{ data: { rawApiKey: string } }>(url, "POST", "api-keys", { cookie, body });
  return data.rawApiKey;
}

/** The cookie of the owner's session. */
async function enter({ url, email, password }: OwnerInputs): Promise<string> {
  const { data } = await call<{ data: { userManagement: { showSetupOnFirstLoad: boolean } } }>(
    url,
    "GET",
    "settings",
  );
  const answer = data.userManagement.showSetupOnFirstLoad
    ? await send(url, "POST", "owner/setup", {
        body: { email, password, firstName: "plane-ops", lastName: "n8n" },
      })
    : await send(url, "POST", "login", { body: { emailOrLdapLoginId: email, password } });
  if (answer.status === 401)
    throw new Error(
      `the n8n at ${url} belongs to somebody else already. Let the stack use a key of theirs: ` +
        `pulumi config set notifications:n8nUrl ${url} && pulumi config set --secret notifications:n8nApiKey`,
    );
  await requireOk(answer, url, "signing in");
  return answer.headers
    .getSetCookie()
    .map((each) => each.split(";")[0])
    .join("; ");
}

interface Request {
  cookie?: string;
  body?: object;
}

async function call<T>(url: string, method: string, path: string, request: Request = {}): Promise<T> {
  const answer = await send(url, method, path, request);
  await requireOk(answer, url, `${method} ${path}`);
  return (await answer.json()) as T;
}

/** What the editor calls. A proxy says 502 while n8n starts; nothing here does harm when it happens twice. */
function send(url: string, method: string, path: string, { cookie, body }: Request): Promise<Response> {
  return pRetry(
    async () => {
      const answer = await fetch(`${url}/rest/${path}`, {
        method,
        headers: {
          ...(body && { "content-type": "application/json" }),
          ...(cookie !== undefined && { cookie }),
        },
        ...(body && { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(30_000),
      });
      if (answer.status < 500) return answer;
      throw new Error(`n8n at ${url} answers ${answer.status}`);
    },
    { retries: 5, factor: 2, minTimeout: 1000 },
  ).catch((error: unknown) => {
    throw new Error(`n8n at ${url} does not answer as it should: ${(error as Error).message}`);
  });
}

async function requireOk(answer: Response, url: string, what: string): Promise<void> {
  if (answer.ok) return;
  const text = (await answer.text()).slice(0, 300);
  throw new Error(`n8n at ${url} refuses ${what} with ${answer.status}: ${text}`);
}
