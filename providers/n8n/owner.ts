import type { dynamic } from "@pulumi/pulumi";
import { difference } from "../difference.ts";
import { N8nError, N8nRefused, send } from "./http.ts";

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
  const { apiKey, ...inputs } = props;
  const refused = await send(props.url, {
    method: "GET",
    path: "/api/v1/workflows?limit=1",
    headers: { "X-N8N-API-KEY": apiKey },
  }).then(
    () => false,
    (error: unknown) => error instanceof N8nRefused && error.status === 401,
  );
  return refused ? {} : { id, props, inputs };
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
  const { data: keys } = (await (await editor(url, "GET", "api-keys", { cookie })).json()) as Keys;
  // Its value is shown once, so one of this label is of no use any more.
  for (const { id } of keys.items.filter((key) => key.label === label))
    await editor(url, "DELETE", `api-keys/${id}`, { cookie });
  const body = { label, scopes, expiresAt: null };
  const made = await editor(url, "POST", "api-keys", { cookie, body });
  return ((await made.json()) as { data: { rawApiKey: string } }).data.rawApiKey;
}

/** The cookie of the owner's session. */
async function enter({ url, email, password }: OwnerInputs): Promise<string> {
  type Settings = { data: { userManagement: { showSetupOnFirstLoad: boolean } } };
  const { data } = (await (await editor(url, "GET", "settings")).json()) as Settings;
  const answer = data.userManagement.showSetupOnFirstLoad
    ? await editor(url, "POST", "owner/setup", {
        body: { email, password, firstName: "plane-ops", lastName: "n8n" },
      })
    : await editor(url, "POST", "login", { body: { emailOrLdapLoginId: email, password } }).catch(
        (error: unknown) => {
          throw error instanceof N8nRefused && error.status === 401 ? ofSomebodyElse(url) : error;
        },
      );
  return answer.headers
    .getSetCookie()
    .map((each) => each.split(";")[0])
    .join("; ");
}

function ofSomebodyElse(url: string): N8nError {
  return new N8nError(
    `the n8n at ${url} belongs to somebody else already. Let the stack use a key of theirs: ` +
      `pulumi config set notifications:n8nUrl ${url} && pulumi config set --secret notifications:n8nApiKey`,
  );
}

/** What the editor calls; nothing here does harm when it happens twice. */
function editor(
  url: string,
  method: string,
  path: string,
  { cookie, body }: { cookie?: string; body?: object } = {},
): Promise<Response> {
  return send(url, {
    method,
    path: `/rest/${path}`,
    ...(cookie !== undefined && { headers: { cookie } }),
    ...(body && { body }),
  });
}
