import type { dynamic } from "@pulumi/pulumi";
import type { Access } from "../../plane/access.ts";
import { deleteToken, tokensWithLabel } from "../../plane/api/tokens.ts";
import { operation } from "../../plane/operation.ts";
import { changedInputs, difference } from "../difference.ts";
import { passwordWorks } from "./credentials.ts";

/** One account's token of today. */
export interface CurrentToken {
  access: Access;
  label: string;
  /** Empty for a token from the configuration, whose predecessors are not ours to delete. */
  tokenId: string;
}

/** The accounts whose tokens this stack makes. */
export interface RetiredTokensInputs {
  /** By account. */
  current: Record<string, CurrentToken>;
}

export async function check(_olds: unknown, news: RetiredTokensInputs): Promise<dynamic.CheckResult> {
  return { inputs: news };
}

export async function diff(_id: string, olds: RetiredTokensInputs, news: RetiredTokensInputs) {
  return difference({ ...olds }, { ...news });
}

/** Nothing is retired when everything is new. */
export async function create(inputs: RetiredTokensInputs): Promise<dynamic.CreateResult> {
  return { id: "retired-tokens", outs: inputs };
}

/** Which tokens work is each token's own affair. */
export async function read(id: string, props: RetiredTokensInputs): Promise<dynamic.ReadResult> {
  return { id, props, inputs: props };
}

/**
 * Deletes the tokens that a rotation has replaced. It depends on all that uses tokens, so by now the new ones are
 * everywhere: there is no moment in which an agent's token does not work.
 */
export async function update(
  _id: string,
  olds: RetiredTokensInputs,
  news: RetiredTokensInputs,
): Promise<dynamic.UpdateResult> {
  const idOf = ({ current }: RetiredTokensInputs) =>
    Object.fromEntries(Object.entries(current).map(([account, { tokenId }]) => [account, tokenId]));
  for (const account of changedInputs(idOf(olds), idOf(news))) {
    const token = news.current[account];
    if (token !== undefined && token.tokenId !== "") await retire(token);
  }
  return { outs: news };
}

async function remove(): Promise<void> {}

export { remove as delete };

async function retire({ access, label, tokenId }: CurrentToken): Promise<void> {
  await operation().serial(`${access.url} tokens of ${access.email}`, async () => {
    if ((await passwordWorks(access, "session")) !== true) return;
    for (const { id } of await tokensWithLabel(access, label)) {
      if (id !== tokenId) await deleteToken(access, id);
    }
  });
}
