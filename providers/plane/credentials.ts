import type { Access } from "../../plane/access.ts";
import { changePassword } from "../../plane/api/people.ts";
import { PlaneError, SignInRefused } from "../../plane/errors.ts";
import { forgetSession, type SessionKind, signIn } from "../../plane/session.ts";

/** Whether the account's password is accepted; undefined when there is no such account. */
export async function passwordWorks(access: Access, kind: SessionKind): Promise<boolean | undefined> {
  try {
    await signIn(access, kind);
    return true;
  } catch (error) {
    if (error instanceof SignInRefused && error.wrongPassword) return false;
    if (error instanceof SignInRefused && error.noSuchAccount) return undefined;
    throw error;
  }
}

/**
 * Makes `wanted.password` the account's: it is already, or it takes the place of the one before.
 * @throws PlaneError with the way out when neither is accepted: somebody changed it in Plane.
 */
export async function settlePassword(before: Access, wanted: Access, account: string): Promise<void> {
  if ((await passwordWorks(wanted, "session")) === true) return;
  if (before.password === wanted.password || (await passwordWorks(before, "session")) !== true) {
    throw passwordIsUnknown(wanted.email, account);
  }
  await changePassword(before, wanted.password);
  forgetSession(before);
}

/** Never a lock-out: what was changed by hand can be told to us. */
export function passwordIsUnknown(email: string, account: string): PlaneError {
  return new PlaneError(
    `Plane has an account ${email} and does not accept the password that this stack holds for it: it was changed ` +
      `by hand, or made by somebody else. Give the present one, then run it again:\n    ${setPassword(account)}`,
  );
}

/** The command that tells us an account's password. */
export function setPassword(account: string): string {
  return `pulumi config set --secret --path 'plane:accounts.${account}.password'`;
}

/** The command that tells us an account's API token. */
export function setToken(account: string): string {
  return `pulumi config set --secret --path 'plane:accounts.${account}.token'`;
}
