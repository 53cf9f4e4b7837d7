import { AGENTS, CONCIERGE } from "../../agents.ts";
import type { Credentials, PlaneOpsConfig } from "../../config.ts";
import { ROLES, type Role } from "../../plane/rules.ts";
import { setPassword, setToken } from "../../providers/plane/credentials.ts";

/** Someone who has an account in Plane: an agent, n8n, or the human. */
export interface Account {
  /** Key in `plane:accounts` and part of resource names: `imhotep`. */
  name: string;
  email: string;
  firstName: string;
  displayName: string;
  /** In the workspace and in its projects. */
  role: Role;
  hasToken: boolean;
  /** Whether the account is a member of every project. */
  inProjects: boolean;
  /** What a person told us about an account that exists already. */
  given: Credentials;
}

/** Everyone of this platform, the concierge first: nobody else can invite (AUTH-01, AUTH-02, AUTH-03). */
export function accountsOf(config: PlaneOpsConfig): [concierge: Account, ...others: Account[]] {
  const agents = AGENTS.map(({ agentId, displayName }) => account(config, agentId, displayName));
  const [concierge] = agents.filter(({ name }) => name === CONCIERGE);
  if (concierge === undefined) throw new Error("the registry of agents has no concierge");
  return [
    { ...concierge, role: ROLES.admin },
    ...agents.filter(({ name }) => name !== CONCIERGE),
    account(config, "human", localPart(config.adminEmail), {
      email: config.adminEmail,
      displayName: localPart(config.adminEmail),
      role: ROLES.admin,
      hasToken: false,
    }),
    account(config, "n8n", "n8n"),
    ...(config.bridge ? [bridgeAccount(config)] : []),
  ];
}

/** The bridge's session: what agents' tokens cannot do to a project that the concierge makes, and nothing else. */
export function bridgeAccount(config: PlaneOpsConfig): Account {
  return account(config, BRIDGE_ACCOUNT, "plane-bridge", { hasToken: false, inProjects: false });
}

/** The account whose session the bridge uses. */
export const BRIDGE_ACCOUNT = "bridge";

function account(
  config: PlaneOpsConfig,
  name: string,
  firstName: string,
  rest: Partial<Account> = {},
): Account {
  return {
    name,
    email: `${name}@${config.emailDomain}`,
    firstName,
    displayName: name,
    role: ROLES.member,
    hasToken: true,
    inProjects: true,
    given: config.accounts[name] ?? {},
    ...rest,
  };
}

/**
 * The commands that give what taking over a Plane needs and was not given: the concierge's password and token, a
 * token or else a password of every other account.
 */
export function missingCredentials([concierge, ...others]: Account[]): string[] {
  const { password, token } = concierge?.given ?? {};
  return [
    ...(concierge === undefined || password !== undefined ? [] : [setPassword(concierge.name)]),
    ...(concierge === undefined || token !== undefined ? [] : [setToken(concierge.name)]),
    ...others
      .filter(({ given }) => given.password === undefined && given.token === undefined)
      .map(({ name, hasToken }) => (hasToken ? setToken(name) : setPassword(name))),
  ];
}

function localPart(email: string): string {
  return email.split("@")[0] ?? email;
}
