import { z } from "zod";
import type { Access } from "../access.ts";
import { PlaneClient } from "../client.ts";
import { Refused } from "../errors.ts";
import type { Patience } from "../retry.ts";
import type { Me } from "./people.ts";

const Token = z.object({
  id: z.string(),
  label: z.string(),
  is_active: z.boolean(),
  expired_at: z.string().nullable(),
  created_at: z.string(),
});
export type Token = z.output<typeof Token>;
/** The value is shown by POST and PATCH only. */
const ShownToken = Token.extend({ token: z.string() });
export type ShownToken = z.output<typeof ShownToken>;
const Owner = z.object({
  id: z.string(),
  email: z.string(),
  first_name: z.string(),
  last_name: z.string(),
  display_name: z.string(),
});

/** Whose token `access.token` is; undefined when the server does not accept it. */
export async function ownerOfToken(access: Access, patience: Patience = "full"): Promise<Me | undefined> {
  try {
    return await new PlaneClient(access, patience).call("tokens.owner", {}, { answer: Owner });
  } catch (error) {
    // 403 is a token that was deleted or has expired, 401 one of an account that may not sign in.
    if (error instanceof Refused && (error.status === 403 || error.status === 401)) return undefined;
    throw error;
  }
}

/** The account's own tokens of one label that work for ever, oldest first. */
export async function tokensWithLabel(access: Access, label: string): Promise<Token[]> {
  const all = await new PlaneClient(access).call("tokens.list", {}, { answer: z.array(Token) });
  return all
    .filter((token) => token.label === label && token.is_active && token.expired_at === null)
    .sort((a, b) => a.created_at.localeCompare(b.created_at) || a.id.localeCompare(b.id));
}

/** Makes a token that never expires; `look` finds the one that a lost answer has made. */
export function createToken(
  access: Access,
  label: string,
  look: () => Promise<ShownToken | undefined>,
): Promise<ShownToken> {
  const body = { label, description: "Managed by plane-ops", expired_at: null };
  return new PlaneClient(access).create("tokens.create", {}, { body, answer: ShownToken, look });
}

/** Shows a token's value once more: a PATCH that changes nothing answers with it. */
export function revealToken(access: Access, { id, label }: Token): Promise<ShownToken> {
  return new PlaneClient(access).call("tokens.patch", { id }, { body: { label }, answer: ShownToken });
}

export function deleteToken(access: Access, id: string): Promise<void> {
  return new PlaneClient(access).remove("tokens.delete", { id });
}
