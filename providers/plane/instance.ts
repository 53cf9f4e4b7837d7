import type { dynamic } from "@pulumi/pulumi";
import type { Access } from "../../plane/access.ts";
import {
  getConfiguration,
  getInstance,
  type Instance,
  patchConfiguration,
  patchInstance,
  type Switches,
} from "../../plane/api/instance.ts";
import { getProfile, patchProfile } from "../../plane/api/people.ts";
import { PlaneError } from "../../plane/errors.ts";
import type { Patience } from "../../plane/retry.ts";
import { emailProblem, workspaceNameProblem } from "../../plane/rules.ts";
import { signUp } from "../../plane/session.ts";
import { difference } from "../difference.ts";
import { passwordIsUnknown, passwordWorks, setPassword, settlePassword } from "./credentials.ts";
import { checked, lookOrLeave, type PlaneInputs } from "./reconciler.ts";

/** Plane as a whole, and the account that administers it (AUTH-01). */
export interface InstanceInputs extends PlaneInputs {
  /** Its name in Plane's pages. */
  name: string;
  firstName: string;
  /** Key of the admin in `plane:accounts`. */
  account: string;
  /** Whether strangers may make accounts; invited people always may. */
  signUp: boolean;
  magicLink: boolean;
  passwordLogin: boolean;
  /** Whether anybody may make workspaces. */
  workspaceCreation: boolean;
  telemetry: boolean;
  /** Whether the admin's password is the one we hold; false is drift. */
  passwordAccepted: boolean;
  /** Says whose this instance is, in the admin's profile: a first run that was killed finds its own again. */
  marker: string;
  /** Commands for credentials that were not given; named when a Plane is taken over. */
  missing: string[];
}

const SEEDS = ["adopt", "missing", "marker", "account", "firstName"];

export const check = (_olds: unknown, news: InstanceInputs) =>
  checked<InstanceInputs>({ name: workspaceNameProblem }, news).then(async ({ inputs, failures = [] }) => {
    const { access } = news;
    const problem = typeof access === "object" && access !== null ? emailProblem(access.email) : undefined;
    return problem === undefined
      ? { inputs, failures }
      : { inputs, failures: [...failures, { property: "access", reason: problem }] };
  });

export async function diff(_id: string, olds: InstanceInputs, news: InstanceInputs) {
  const relevant = (inputs: InstanceInputs) =>
    Object.fromEntries(Object.entries(inputs).filter(([name]) => !SEEDS.includes(name)));
  return difference(relevant(olds), relevant(news));
}

/** Sets a new Plane up, or takes one that is ours, or, with `adopt`, one that is not. */
export async function create(inputs: InstanceInputs): Promise<dynamic.CreateResult> {
  const { access } = inputs;
  const instance = await getInstance(access, "full");
  if (!instance.is_setup_done) await setUp(inputs);
  else if (!inputs.adopt) await recognise(inputs, instance);
  else await takeOver(inputs);
  await mend(inputs);
  return { id: access.url, outs: inputs };
}

/** What was changed in the admin's pages; a password that is not accepted any more shows as drift of its own. */
export async function read(id: string, props: InstanceInputs): Promise<dynamic.ReadResult> {
  const seen = await lookOrLeave(props.access, (patience) => look(props.access, patience));
  if (seen === "unreachable") return { id, props, inputs: props };
  if (seen === "emptied") return {};
  const actual = { ...props, ...(seen === "locked out" ? { passwordAccepted: false } : seen) };
  return { id, props: actual, inputs: actual };
}

export async function update(
  _id: string,
  olds: InstanceInputs,
  news: InstanceInputs,
): Promise<dynamic.UpdateResult> {
  await settlePassword(olds.access, news.access, news.account);
  await mend(news);
  return { outs: news };
}

/** An instance cannot be taken back: it stays as it is, with the admin's account, until its database goes. */
async function remove(): Promise<void> {}

export { remove as delete };

async function setUp({ access, firstName, name, marker }: InstanceInputs): Promise<void> {
  await signUp(access, "admin-session", {
    first_name: firstName,
    last_name: "",
    company_name: name,
    // In small letters it is a 500 that leaves the instance unusable (contracts/plane).
    is_telemetry_enabled: "False",
  });
  await patchProfile(access, { use_case: marker });
}

/** Ours carries our mark; between sign-up and mark nothing was there yet. */
async function recognise(inputs: InstanceInputs, instance: Instance): Promise<void> {
  const { access, marker } = inputs;
  if ((await passwordWorks(access, "admin-session")) === true) {
    const { use_case } = await getProfile(access);
    if (use_case === marker) return;
    if (use_case === null && instance.workspaces_exist !== true) {
      await patchProfile(access, { use_case: marker });
      return;
    }
  }
  throw new PlaneError(
    `The Plane at ${access.url} is set up already, and not by this stack. It was left as it is. To take it over, ` +
      `say so and give what this stack cannot know, then run it again:\n${commands([
        "pulumi config set platform:adopt true",
        ...inputs.missing,
      ])}`,
  );
}

async function takeOver({ access, account, missing }: InstanceInputs): Promise<void> {
  if (missing.length > 0) {
    throw new PlaneError(
      `The Plane at ${access.url} is to be taken over (platform:adopt), and these of its accounts' passwords and ` +
        `tokens are not known. Give them, then run it again:\n${commands(missing)}`,
    );
  }
  const accepted = await passwordWorks(access, "admin-session");
  if (accepted === true) return;
  // Plane refuses who is no admin in the same words as a wrong password.
  if (accepted === false && (await passwordWorks(access, "session")) === false) {
    throw passwordIsUnknown(access.email, account);
  }
  throw new PlaneError(
    `${access.email} does not administer the Plane at ${access.url}. Add it in ${access.url}/god-mode/, and give its ` +
      `password:\n${commands([setPassword(account)])}`,
  );
}

function commands(lines: string[]): string {
  return lines.map((line) => `    ${line}`).join("\n");
}

type Managed = Pick<
  InstanceInputs,
  "name" | "telemetry" | "signUp" | "magicLink" | "passwordLogin" | "workspaceCreation" | "passwordAccepted"
>;

async function look(access: Access, patience: Patience): Promise<Managed> {
  const [instance, configuration] = await Promise.all([
    getInstance(access, patience),
    getConfiguration(access, patience),
  ]);
  const on = (key: keyof Switches) => configuration.get(key) === "1";
  return {
    name: instance.instance_name ?? "",
    telemetry: instance.is_telemetry_enabled ?? true,
    signUp: on("ENABLE_SIGNUP"),
    magicLink: on("ENABLE_MAGIC_LINK_LOGIN"),
    passwordLogin: on("ENABLE_EMAIL_PASSWORD"),
    workspaceCreation: !on("DISABLE_WORKSPACE_CREATION"),
    passwordAccepted: true,
  };
}

/** Sends what differs and nothing else. */
async function mend(inputs: InstanceInputs): Promise<void> {
  const live = await look(inputs.access, "full");
  const switches = differing(switchesOf(live), switchesOf(inputs));
  if (Object.keys(switches).length > 0) await patchConfiguration(inputs.access, switches);
  const change = differing(settingsOf(live), settingsOf(inputs));
  if (Object.keys(change).length > 0) await patchInstance(inputs.access, change);
}

function switchesOf(of: Managed): Switches {
  const bit = (on: boolean) => (on ? "1" : "0");
  return {
    ENABLE_SIGNUP: bit(of.signUp),
    ENABLE_MAGIC_LINK_LOGIN: bit(of.magicLink),
    ENABLE_EMAIL_PASSWORD: bit(of.passwordLogin),
    DISABLE_WORKSPACE_CREATION: bit(!of.workspaceCreation),
  };
}

function settingsOf({ name, telemetry }: Managed) {
  return { instance_name: name, is_telemetry_enabled: telemetry };
}

/** The entries of `wanted` that `present` does not have like that. */
function differing<T extends Record<string, unknown>>(present: T, wanted: T): Partial<T> {
  return Object.fromEntries(
    Object.entries(wanted).filter(([key, value]) => present[key] !== value),
  ) as Partial<T>;
}
