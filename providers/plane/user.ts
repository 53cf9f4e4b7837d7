import type { dynamic } from "@pulumi/pulumi";
import type { Access } from "../../plane/access.ts";
import {
  getMe,
  getProfile,
  invite,
  type Me,
  memberList,
  patchMe,
  patchProfile,
} from "../../plane/api/people.ts";
import { ownerOfToken } from "../../plane/api/tokens.ts";
import { PlaneError } from "../../plane/errors.ts";
import { operation } from "../../plane/operation.ts";
import { emailProblem, passwordProblem, personNameProblem } from "../../plane/rules.ts";
import { signUp } from "../../plane/session.ts";
import { changedInputs, difference } from "../difference.ts";
import { passwordIsUnknown, passwordWorks, setToken, settlePassword } from "./credentials.ts";
import type { WorkspaceInputs } from "./inProject.ts";
import { pick } from "./inProject.ts";
import { checked, lookOrLeave, orGone } from "./reconciler.ts";

/** An account of Plane's. */
export interface UserInputs extends WorkspaceInputs {
  /** The person's own way in. Its token, when given, is proof enough for an account whose password nobody told. */
  person: Access;
  /** Key in `plane:accounts`: `concierge`, `imhotep`, `human`, ... */
  account: string;
  firstName: string;
  lastName: string;
  displayName: string;
  /** Of the invitation: sign-up is closed, except to who is invited. */
  role: number;
  /** Seeds, set when the account is made: people change these to their liking. */
  language: string;
  timezone: string;
}

const FIELDS = { firstName: "first_name", lastName: "last_name", displayName: "display_name" } as const;
const NAMES = Object.keys(FIELDS) as (keyof typeof FIELDS)[];
/** Length of the passwords that the program makes. */
export const MADE_LENGTH = 32;
const SEEDS = ["adopt", "language", "timezone", "role"];

export const check = async (_olds: unknown, news: UserInputs): Promise<dynamic.CheckResult> => {
  const person = async (value: unknown) => {
    const { email: address, password: secret } = value as Access;
    // The ones that we make are long and random: no need to load the dictionaries for them.
    return emailProblem(address) ?? (secret.length < MADE_LENGTH ? await passwordProblem(secret) : undefined);
  };
  return checked<UserInputs>({ person, displayName: personNameProblem }, news);
};

export async function diff(_id: string, olds: UserInputs, news: UserInputs) {
  const relevant = (inputs: UserInputs) =>
    Object.fromEntries(Object.entries(inputs).filter(([name]) => !SEEDS.includes(name)));
  return difference(relevant(olds), relevant(news), ["account"]);
}

/** Makes the account, or finds it by its e-mail: a password or a token that works says that it is known to us. */
export function create(inputs: UserInputs): Promise<dynamic.CreateResult> {
  const { access, person } = inputs;
  return operation().serial(`${access.url} account ${person.email}`, async () => {
    const works = await passwordWorks(person, "session");
    if (works === false) return { id: (await byToken(inputs)).id, outs: inputs };
    if (works === undefined) await register(inputs);
    // A killed run may have made the account and no more.
    else if (!(await getProfile(person)).is_onboarded) await furnish(inputs);
    const me = await getMe(person);
    await mend(inputs, me);
    return { id: me.id, outs: inputs };
  });
}

/** Names are seen in the workspace's list of members; who is not in it keeps the names that he had. */
export async function read(id: string, props: UserInputs): Promise<dynamic.ReadResult> {
  const members = await lookOrLeave(props.access, (patience) =>
    orGone(() => memberList(props.access, props.slug, patience).all()),
  );
  if (members === "emptied") return {};
  const found = typeof members === "string" ? undefined : members?.find(({ member }) => member.id === id);
  const actual = found === undefined ? props : { ...props, ...namesOf(found.member) };
  return { id, props: actual, inputs: actual };
}

/** Names are changed in the person's own session, and so is a password that this stack is to change. */
export async function update(_id: string, olds: UserInputs, news: UserInputs): Promise<dynamic.UpdateResult> {
  if (changedInputs({ ...olds.person }, { ...news.person }).includes("password")) {
    await settlePassword(olds.person, news.person, news.account);
  }
  const changed = changedInputs(pick(FIELDS, olds, NAMES), pick(FIELDS, news, NAMES));
  if (changed.length > 0) {
    if ((await passwordWorks(news.person, "session")) !== true) {
      throw passwordIsUnknown(news.person.email, news.account);
    }
    await mend(news, await getMe(news.person));
  }
  return { outs: news };
}

/**
 * Leaves the account as it is: Community Edition has no way to delete a person (contracts/plane). Removing the
 * membership, as Member does, is what shuts the workspace to it.
 */
async function remove(): Promise<void> {}

export { remove as delete };

async function register(inputs: UserInputs): Promise<void> {
  const { access, slug, person, role } = inputs;
  await invite(access, slug, person.email, role);
  await signUp(person, "session", {});
  await furnish(inputs);
}

async function furnish(inputs: UserInputs): Promise<void> {
  const { person, language, timezone } = inputs;
  await patchMe(person, { ...pick(FIELDS, inputs, NAMES), user_timezone: timezone });
  await patchProfile(person, { language, is_onboarded: true, is_tour_completed: true });
}

async function byToken({ person, account }: UserInputs): Promise<Me> {
  const owner = person.token === undefined ? undefined : await ownerOfToken(person);
  if (owner?.email === person.email) return owner;
  const { message } = passwordIsUnknown(person.email, account);
  throw new PlaneError(`${message}\n  or, for an agent, a token of its own:\n    ${setToken(account)}`);
}

async function mend(inputs: UserInputs, me: Me): Promise<void> {
  const live = namesOf(me);
  const changed = NAMES.filter((name) => live[name] !== inputs[name]);
  if (changed.length > 0) await patchMe(inputs.person, pick(FIELDS, inputs, changed));
}

function namesOf({ first_name, last_name, display_name }: Me) {
  return { firstName: first_name, lastName: last_name, displayName: display_name };
}
