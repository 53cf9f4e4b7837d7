import {
  ComponentResource,
  type ComponentResourceOptions,
  type CustomResourceOptions,
  type Output,
  output,
  secret,
} from "@pulumi/pulumi";
import { RandomPassword } from "@pulumi/random";
import type { PlaneOpsConfig } from "../config.ts";
import type { Access } from "../plane/access.ts";
import { ApiToken } from "../providers/plane/resources/apiToken.ts";
import { Member } from "../providers/plane/resources/member.ts";
import { User } from "../providers/plane/resources/user.ts";
import { MADE_LENGTH } from "../providers/plane/user.ts";
import type { Account } from "./plane/accounts.ts";
import type { PlaneWorkspace } from "./planeWorkspace.ts";

export interface AgentsArgs {
  config: PlaneOpsConfig;
  accounts: readonly [concierge: Account, ...others: Account[]];
  /** How each account reaches Plane. */
  access: (account: Account) => Output<Access>;
  workspace: PlaneWorkspace;
}

/** What of one person others need. */
export interface Person {
  account: Account;
  /** Plane's id of the person, known once the person belongs to the workspace. */
  userId: Output<string>;
  token?: ApiToken;
}

/** Label of every token that this stack makes: shown in Plane's settings of each account. */
export const TOKEN_LABEL = "plane-ops";

/** Everyone who works in the workspace, with a token for who works through the API (AUTH-01 to AUTH-04, PROV-03). */
export class Agents extends ComponentResource {
  readonly people: readonly Person[];
  /** The concierge's way in, token included: what the rest of the workspace is made with. */
  readonly admin: Output<Access>;
  private readonly args: AgentsArgs;

  constructor(name: string, args: AgentsArgs, options?: ComponentResourceOptions) {
    super("planeops:plane:Agents", name, {}, options);
    this.args = args;

    this.people = args.accounts.map((account) => this.createPerson(account));
    const [concierge] = this.people;
    this.admin = secret(
      output({ access: args.access(args.accounts[0]), token: concierge?.token?.token }).apply(
        ({ access, token }): Access => ({ ...access, token: token ?? "" }),
      ),
    );

    this.registerOutputs();
  }

  /** Secret; the password that the stack holds for an account. */
  passwordOf(name: string): Output<string> {
    const account = this.args.accounts.find((candidate) => candidate.name === name);
    if (account === undefined) throw new Error(`no account ${name}`);
    return this.args.access(account).apply(({ password }) => password);
  }

  private createPerson(account: Account): Person {
    const user = this.createUser(account);
    const member = this.createMember(account, user);
    const userId = output([user.id, member.id]).apply(([id]) => id as string);
    return account.hasToken
      ? { account, userId, token: this.createToken(account, member) }
      : { account, userId };
  }

  private createUser(account: Account): User {
    const { config, accounts, access, workspace } = this.args;
    return new User(
      `plane-user-${account.name}`,
      {
        access: access(accounts[0]),
        adopt: config.adopt,
        slug: workspace.slug,
        person: access(account),
        account: account.name,
        firstName: account.firstName,
        lastName: "",
        displayName: account.displayName,
        role: account.role,
        language: "fr",
        timezone: "UTC",
      },
      { parent: this, ...this.kept() },
    );
  }

  private createMember(account: Account, user: User): Member {
    const { config, accounts, access, workspace } = this.args;
    return new Member(
      `plane-member-${account.name}`,
      {
        access: access(accounts[0]),
        adopt: config.adopt,
        slug: workspace.slug,
        person: access(account),
        userId: user.id,
        role: account.role,
      },
      { parent: this, deletedWith: workspace.workspace, ...this.kept() },
    );
  }

  private createToken(account: Account, member: Member): ApiToken {
    const { config, access, workspace } = this.args;
    return new ApiToken(
      `plane-token-${account.name}`,
      {
        access: access(account),
        account: account.name,
        label: TOKEN_LABEL,
        active: true,
        rotate: config.rotateTokens.includes(account.name),
      },
      { parent: this, dependsOn: [member], deletedWith: workspace.workspace, ...this.kept() },
    );
  }

  /** Stateful things survive `pulumi destroy` outside `local`. */
  private kept(): CustomResourceOptions {
    const { protect } = this.args.config;
    return { protect, retainOnDelete: protect };
  }
}

/** How each account reaches Plane: with the password that was given, or one that the stack makes and keeps. */
export function accessByAccount(
  config: PlaneOpsConfig,
  url: string,
  accounts: readonly Account[],
): (account: Account) => Output<Access> {
  const made = new Map(accounts.map((account) => [account.name, accessOf(config, url, account)]));
  return ({ name }) => {
    const access = made.get(name);
    if (access === undefined) throw new Error(`no access for account ${name}`);
    return access;
  };
}

function accessOf(config: PlaneOpsConfig, url: string, { name, email, given }: Account): Output<Access> {
  const password =
    given.password ??
    new RandomPassword(
      `plane-password-${name}`,
      { length: MADE_LENGTH, special: false },
      { protect: config.protect },
    ).result;
  return secret(
    output({
      url,
      email,
      password,
      rateLimit: config.apiRateLimit,
      deployed: config.deploy,
      throughSite: config.deploy && config.planeUrl === undefined,
      ...(given.token === undefined ? {} : { token: given.token }),
    }),
  );
}
