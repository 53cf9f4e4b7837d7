import { isDeepStrictEqual } from "node:util";
import type { dynamic } from "@pulumi/pulumi";

/** The engine's own key among a dynamic resource's inputs. */
const PROVIDER = "__provider";

/**
 * Compares what is with what is wanted, input by input; does no I/O.
 * An unknown value of a preview differs from anything, so it counts as a change.
 * @param replaceOn inputs whose change needs a new object; the old one goes first, for names are taken.
 */
export function difference(
  olds: Record<string, unknown>,
  news: Record<string, unknown>,
  replaceOn: string[] = [],
): dynamic.DiffResult {
  const changed = changedInputs(olds, news);
  return {
    changes: changed.length > 0,
    replaces: changed.filter((name) => replaceOn.includes(name)),
    deleteBeforeReplace: true,
  };
}

/** Names of the inputs that differ, sorted. */
export function changedInputs(olds: Record<string, unknown>, news: Record<string, unknown>): string[] {
  return Object.keys(news)
    .filter((name) => name !== PROVIDER && !isDeepStrictEqual(olds[name], news[name]))
    .sort();
}
