import { type Output, output, type Resource } from "@pulumi/pulumi";
import type { Access } from "../plane/access.ts";
import { RetiredTokens } from "../providers/plane/resources/retiredTokens.ts";
import { type Agents, TOKEN_LABEL } from "./agents.ts";
import type { Account } from "./plane/accounts.ts";

/**
 * Deletes what a rotation has replaced (`plane:rotateTokens`, AUTH-04).
 * @param users everything that uses tokens: nothing is deleted before all of it has the new ones.
 */
export function retireTokens(
  agents: Agents,
  access: (account: Account) => Output<Access>,
  users: Resource[],
): RetiredTokens {
  const current = Object.fromEntries(
    agents.people.flatMap(({ account, token }) =>
      token === undefined
        ? []
        : [[account.name, { access: access(account), label: TOKEN_LABEL, tokenId: token.tokenId }]],
    ),
  );
  return new RetiredTokens(
    "plane-retired-tokens",
    { current: output(current) },
    { parent: agents, dependsOn: users },
  );
}
