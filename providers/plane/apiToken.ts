import type { dynamic } from "@pulumi/pulumi";
import {
  createToken,
  deleteToken,
  ownerOfToken,
  revealToken,
  type ShownToken,
  type Token,
  tokensWithLabel,
} from "../../plane/api/tokens.ts";
import { PlaneError } from "../../plane/errors.ts";
import { operation } from "../../plane/operation.ts";
import { tokenLabelProblem } from "../../plane/rules.ts";
import { difference } from "../difference.ts";
import { passwordIsUnknown, passwordWorks, setToken } from "./credentials.ts";
import { checked, lookOrLeave, type PlaneInputs } from "./reconciler.ts";

/** An API token of one account, made in its own session; it never expires (AUTH-03, AUTH-04). */
export interface ApiTokenInputs extends Pick<PlaneInputs, "access"> {
  /** Key in `plane:accounts`. */
  account: string;
  label: string;
  /** Whether the server accepts it; false is drift: somebody revoked it. */
  active: boolean;
  /** A new token is made when this becomes true; take it back, and it can be asked for again. */
  rotate: boolean;
}

/** What the state keeps besides: the value, and the token's id where the account's session has shown it. */
interface ApiTokenOutputs extends ApiTokenInputs {
  token: string;
  tokenId: string;
}

export const check = (_olds: unknown, news: ApiTokenInputs) =>
  checked<ApiTokenInputs>({ label: tokenLabelProblem }, news);

export async function diff(_id: string, olds: ApiTokenInputs, news: ApiTokenInputs) {
  return difference({ ...olds }, { ...news }, ["account", "label"]);
}

/** Takes the given token, or the one that a killed run has made, or makes one. */
export function create(inputs: ApiTokenInputs): Promise<dynamic.CreateResult> {
  return alone(inputs, async () => {
    const { token, id } =
      inputs.access.token === undefined ? await ownToken(inputs, []) : await given(inputs);
    return { id: `${inputs.account}/${inputs.label}`, outs: { ...inputs, token, tokenId: id } };
  });
}

/** One cheap call with the token itself says whether it works. */
export async function read(id: string, props: ApiTokenOutputs): Promise<dynamic.ReadResult> {
  const { token, tokenId: _, ...inputs } = props;
  const owner = await lookOrLeave(props.access, (patience) =>
    ownerOfToken({ ...props.access, token }, patience),
  );
  if (typeof owner === "string") return { id, props, inputs };
  const active = owner?.email === props.access.email;
  return { id, props: { ...props, active }, inputs: { ...inputs, active } };
}

/**
 * Makes a new token when the old one is refused or a rotation is newly requested. The old one goes on working:
 * RetiredTokens deletes it once everything that uses tokens has the new one.
 */
export function update(
  _id: string,
  olds: ApiTokenOutputs,
  news: ApiTokenInputs,
): Promise<dynamic.UpdateResult> {
  return alone(news, async () => {
    const told = news.access.token !== undefined && news.access.token !== olds.token;
    if (told) return kept(news, await given(news));
    if (!olds.active || (news.rotate && !olds.rotate))
      return kept(news, await ownToken(news, [olds.tokenId]));
    return { outs: { ...news, token: olds.token, tokenId: olds.tokenId } };
  });
}

/** Deletes every token of this label; without the account's password nothing can be done, and they stay. */
async function remove(_id: string, props: ApiTokenOutputs): Promise<void> {
  if ((await passwordWorks(props.access, "session")) !== true) return;
  for (const { id } of await tokensWithLabel(props.access, props.label)) await deleteToken(props.access, id);
}

export { remove as delete };

/** Token labels are not unique on the server, so nobody else makes one of this account's meanwhile. */
function alone<T>({ access }: ApiTokenInputs, work: () => Promise<T>): Promise<T> {
  return operation().serial(`${access.url} tokens of ${access.email}`, work);
}

function kept(inputs: ApiTokenInputs, { token, id }: Pick<ShownToken, "token" | "id">) {
  return { outs: { ...inputs, token, tokenId: id } };
}

/** A token from the configuration: it has to work, and be this account's. */
async function given({ access, account }: ApiTokenInputs): Promise<{ token: string; id: string }> {
  const owner = await ownerOfToken(access);
  if (owner?.email === access.email) return { token: access.token ?? "", id: "" };
  throw new PlaneError(
    `The token given for ${account} is ${owner === undefined ? "not accepted by Plane" : `another account's (${owner.email})`}. ` +
      `Give one of ${access.email}, or none, then run it again:\n    ${setToken(account)}\n` +
      `    pulumi config rm --path 'plane:accounts.${account}.token'`,
  );
}

/** The account's newest token of this label that is not among the known ones, else a new one; seen to work. */
async function ownToken(
  { access, account, label }: ApiTokenInputs,
  known: readonly string[],
): Promise<ShownToken> {
  if ((await passwordWorks(access, "session")) !== true) throw passwordIsUnknown(access.email, account);
  const find = async () => newest(await tokensWithLabel(access, label), known);
  const look = async () => {
    const found = await find();
    return found === undefined ? undefined : revealToken(access, found);
  };
  const made = (await look()) ?? (await createToken(access, label, look));
  if ((await ownerOfToken({ ...access, token: made.token }))?.email !== access.email) {
    throw new PlaneError(
      `The new token of ${access.email} is not accepted by Plane; the old one was left alone.`,
    );
  }
  return made;
}

function newest(tokens: readonly Token[], known: readonly string[]): Token | undefined {
  return tokens.filter(({ id }) => !known.includes(id)).at(-1);
}
