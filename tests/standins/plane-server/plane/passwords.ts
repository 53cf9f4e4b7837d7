import { createHash, randomBytes } from "node:crypto";

const COMMON = /pass(word|wort)?|motdepasse|admin|secret|qwert[yz]|azerty|letmein|welcome|plane|\d{4,}/gi;

/** A salted hash. One round only: tests sign in often, and nothing here is worth protecting. */
export function hashPassword(password: string, salt = randomBytes(8).toString("hex")): string {
  return `sha256$${salt}$${createHash("sha256").update(`${salt}${password}`).digest("hex")}`;
}

/** True if `hash` came from this password. */
export function checkPassword(password: string, hash: string): boolean {
  const [, salt = ""] = hash.split("$");
  return hash !== "" && hashPassword(password, salt) === hash;
}

/**
 * Stands for zxcvbn's score of three, about 10^8 guesses: what is left after common words, runs of digits and
 * repeated letters must be long enough. Close for random and for plainly weak passwords, a guess in between.
 */
export function isStrong(password: string): boolean {
  const rest = password.replace(COMMON, "").replace(/(.)\1+/g, "$1");
  const alphabet = /^\d*$/.test(rest) ? 10 : /^[a-z]*$/.test(rest) ? 26 : 62;
  return rest.length * Math.log10(Math.min(alphabet, new Set(rest).size * 3)) >= 10;
}
