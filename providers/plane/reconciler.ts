import "./engineWatch.ts";
import { isDeepStrictEqual } from "node:util";
import type { dynamic } from "@pulumi/pulumi";
import type { Access } from "../../plane/access.ts";
import { PlaneError, Refused, SignInRefused, Unreachable } from "../../plane/errors.ts";
import { operation } from "../../plane/operation.ts";
import type { Patience } from "../../plane/retry.ts";
import { changedInputs } from "../difference.ts";
import type { ProviderModule } from "../stub.ts";
import { passwordWorks } from "./credentials.ts";

/** What every resource inside Plane is given. */
export interface PlaneInputs {
  /** The workspace admin's. */
  access: Access;
  /** Take over what has the natural key but was not made by this stack. */
  adopt: boolean;
}

/** A problem of one input: what was found and what is allowed. */
export type Problem = string | undefined;

/** By input, what is wrong with its value; asked about known values only. */
export type Rules<Inputs> = { [Name in keyof Inputs]?: (value: Inputs[Name]) => Problem | Promise<Problem> };

/** What one kind of thing inside Plane is; the rest of a provider follows from it. */
export interface Kind<Inputs extends PlaneInputs, Live extends { id: string }> {
  /** The thing in words, natural key included: `label "review"`. */
  name(inputs: Inputs): string;
  rules: Rules<Inputs>;
  /** Inputs that are used when the thing is made and never compared again. */
  seeds?: readonly (keyof Inputs & string)[];
  /** Inputs that cannot be changed in place. */
  replaceOn: readonly (keyof Inputs & string)[];
  /** The live thing by natural key. */
  find(inputs: Inputs): Promise<Live | undefined>;
  /** Why a found thing is not this stack's; undefined when it is. */
  foreign(live: Live, inputs: Inputs): Problem | Promise<Problem>;
  make(inputs: Inputs): Promise<Live>;
  /** The live thing by its id; quick to give up on a Plane that is away when `patience` says so. */
  get(id: string, inputs: Inputs, patience: Patience): Promise<Live | undefined>;
  /** What of the live thing we manage, by input: what differs is drift. */
  attributes(live: Live, inputs: Inputs): Partial<Inputs>;
  /** Sends the named inputs, and nothing else; returns the thing as it is then. */
  patch(live: Live, inputs: Inputs, changed: readonly string[]): Promise<Live>;
  remove(id: string, inputs: Inputs): Promise<void>;
  /** What dependents need beyond the inputs. */
  outputs?: Record<string, (live: Live) => unknown>;
}

/** The provider of a kind: get-or-adopt, drift by attribute, updates of the difference only. */
export function reconciler<Inputs extends PlaneInputs, Live extends { id: string }>(
  kind: Kind<Inputs, Live>,
): ProviderModule {
  const ignored = ["adopt", ...(kind.seeds ?? [])];
  const outputs = Object.entries(kind.outputs ?? {});
  const outs = (live: Live, inputs: Inputs) => ({
    ...inputs,
    ...Object.fromEntries(outputs.map(([name, of]) => [name, of(live)])),
  });
  const inputsOf = (props: Inputs) =>
    Object.fromEntries(
      Object.entries(props).filter(([name]) => !outputs.some(([output]) => output === name)),
    );

  async function mend(live: Live, inputs: Inputs): Promise<Live> {
    const changed = Object.entries(kind.attributes(live, inputs))
      .filter(([name, value]) => !isDeepStrictEqual(value, inputs[name as keyof Inputs]))
      .map(([name]) => name)
      .sort();
    return changed.length === 0 ? live : kind.patch(live, inputs, changed);
  }

  async function getOrMake(inputs: Inputs): Promise<Live> {
    const found = await kind.find(inputs);
    if (found === undefined) return kind.make(inputs);
    const reason = inputs.adopt ? undefined : await kind.foreign(found, inputs);
    if (reason !== undefined) {
      throw new PlaneError(
        `Plane has ${kind.name(inputs)} already, and it is not this stack's: ${reason}. It was left as it is. ` +
          "To take it over: pulumi config set platform:adopt true",
      );
    }
    return found;
  }

  return {
    check: (_olds, news) => checked(kind.rules, news as Inputs),

    async diff(_id, olds, news) {
      const changed = changedInputs(olds, news).filter((name) => !ignored.includes(name));
      return {
        changes: changed.length > 0,
        replaces: changed.filter((name) => (kind.replaceOn as readonly string[]).includes(name)),
        deleteBeforeReplace: true,
      };
    },

    create: (inputs: Inputs) =>
      operation().serial(`${inputs.access.url} ${kind.name(inputs)}`, async () => {
        const live = await mend(await getOrMake(inputs), inputs);
        return { id: live.id, outs: outs(live, inputs) };
      }),

    async read(id, props: Inputs) {
      const live = await lookOrLeave(props.access, (patience) => orGone(() => kind.get(id, props, patience)));
      if (live === "unreachable" || live === "locked out") return { id, props, inputs: inputsOf(props) };
      if (live === undefined || live === "emptied") return {};
      const actual = { ...props, ...kind.attributes(live, props) };
      return { id, props: outs(live, actual), inputs: inputsOf(actual) };
    },

    async update(id, _olds, inputs: Inputs) {
      const found = await orGone(() => kind.get(id, inputs, "full"));
      if (found === undefined) {
        throw new PlaneError(
          `${kind.name(inputs)} was deleted in Plane since this run began. Run it again: pulumi up --refresh`,
        );
      }
      const live = await mend(found, inputs);
      return { outs: outs(live, inputs) };
    },

    delete: (id, props: Inputs) => removeOrLeave(props.access, () => kind.remove(id, props)),
  };
}

/** Asks the rules about every value that is known, and reports all problems. */
export async function checked<Inputs extends object>(
  rules: Rules<Inputs>,
  news: Inputs,
): Promise<dynamic.CheckResult> {
  const failures: dynamic.CheckFailure[] = [];
  for (const [property, rule] of Object.entries(rules) as [
    keyof Inputs & string,
    (v: unknown) => Problem,
  ][]) {
    const value: unknown = news[property];
    if (isUnknown(value)) continue;
    const reason = await rule(value);
    if (reason !== undefined) failures.push({ property, reason });
  }
  return { inputs: news, failures };
}

/** The engine's marker for a value that a preview does not know. */
const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

export function isUnknown(value: unknown): boolean {
  return value === undefined || value === UNKNOWN;
}

/**
 * Looks at Plane during a refresh. Where this stack runs Plane, a Plane that does not answer is the drift of its
 * containers and nothing can be said of what is inside; neither can it when the admin's password was changed or its
 * token revoked by hand, which is the drift of the instance and of the token. Where not even the account exists, the
 * database was emptied: Plane deletes nobody.
 */
export async function lookOrLeave<T>(
  access: Access,
  look: (patience: Patience) => Promise<T>,
): Promise<T | "unreachable" | "locked out" | "emptied"> {
  try {
    return await look(access.deployed ? "once" : "full");
  } catch (error) {
    if (access.deployed && error instanceof Unreachable) return "unreachable";
    if (error instanceof SignInRefused && error.wrongPassword) return "locked out";
    if (error instanceof SignInRefused && error.noSuchAccount) return "emptied";
    if (error instanceof Refused && error.unknownCaller)
      return (await accountExists(access)) ? "locked out" : "emptied";
    throw error;
  }
}

/** Asked once for all resources whose token is dead. */
function accountExists(access: Access): Promise<boolean> {
  return operation().once(JSON.stringify(["account exists", access.url, access.email]), async () => {
    return (await passwordWorks(access, "session")) !== undefined;
  });
}

/** What is inside a project or workspace that was deleted is gone with it. */
export async function orGone<T>(look: () => Promise<T | undefined>): Promise<T | undefined> {
  try {
    return await look();
  } catch (error) {
    if (error instanceof Refused && error.outOfReach) return undefined;
    throw error;
  }
}

/** A Plane of ours that is gone has taken what was inside along. */
async function removeOrLeave(access: Access, remove: () => Promise<void>): Promise<void> {
  try {
    await remove();
  } catch (error) {
    if (!(access.deployed && error instanceof Unreachable)) throw error;
  }
}
