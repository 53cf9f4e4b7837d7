import { distance } from "fastest-levenshtein";

/** How many likely names are offered. */
const MOST = 3;

/** A text without what people leave out when they type: capitals, accents, signs. */
export function folded(text: string): string {
  return text
    .normalize("NFKD")
    .replaceAll(/\p{M}/gu, "")
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, " ")
    .trim();
}

/** The one that was meant, or those that may have been, the likeliest first. */
export type Match<T> = { found: T } | { near: T[] };

/**
 * Finds what goes by a name.
 * @param namesOf all names of a candidate.
 */
export function match<T>(
  candidates: readonly T[],
  namesOf: (candidate: T) => readonly string[],
  wanted: string,
): Match<T> {
  const word = folded(wanted);
  const literal = candidates.filter((candidate) => namesOf(candidate).includes(wanted));
  // Signs alone are no word: they would be every name that has no letters.
  const exact = word === "" ? [] : candidates.filter((candidate) => foldedNames(candidate).includes(word));
  const [only, ...others] = literal.length > 0 ? literal : exact;
  if (only !== undefined && others.length === 0) return { found: only };
  if (word === "") return { near: literal.slice(0, MOST) };
  const ranked = candidates
    .map((candidate) => ({
      candidate,
      far: Math.min(...foldedNames(candidate).map((name) => farness(name, word))),
    }))
    .filter(({ far }) => far <= Math.max(1, Math.floor(word.length / 3)))
    .sort((a, b) => a.far - b.far);
  return { near: ranked.slice(0, MOST).map(({ candidate }) => candidate) };

  function foldedNames(candidate: T): string[] {
    return namesOf(candidate).map(folded);
  }
}

/** Letters to change; a name that holds what was typed is near, however long it is. */
function farness(name: string, wanted: string): number {
  return name.includes(wanted) ? 0 : distance(name, wanted);
}
