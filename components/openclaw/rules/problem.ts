/** One fault of a configuration, in the words of this project: where, what was found, what is allowed, what mends it. */
export function problem(
  path: string,
  found: string,
  allowed: string,
  mend = `edit ${path} in the file of openclaw:configFile`,
): string {
  return `${path}: found ${found}; allowed: ${allowed}\n    ${mend}`;
}

const SECRET_KEY =
  /(token|password|passwd|passphrase|secret|credential|api_?key|private_?key|access_?key|auth_?key|encrypt_?key|authorization)$/i;

/** Whether a key's value is a secret by its name. */
export function isSecretKey(key: string): boolean {
  return SECRET_KEY.test(key);
}

/** A value as a message may show it. */
export function shown(path: string, value: unknown): string {
  if (value === undefined) return "nothing";
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
  if (typeof value === "object" && value !== null) return "an object";
  if (path.split(".").some(isSecretKey)) return "a value that is not shown";
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}..."` : text;
}
