import type { Json } from "../configuration.ts";
import { isSecretKey, problem } from "./problem.ts";

/** One text of a configuration, with the keys that lead to it. */
interface Text {
  path: readonly string[];
  text: string;
}

const REFERENCE = /\$\{([A-Z_][A-Z0-9_]*)\}/g;
const ONLY_REFERENCE = /^((Bearer|Basic|Bot) )?\$\{[A-Z_][A-Z0-9_]*\}$/;
const PASSWORD_IN_URL = /:\/\/[^/\s:@]*:(?!\$\{)[^/\s@]+@/;

/** Secrets that stand in the file in clear: they belong into the gateway's environment, which is encrypted in the stack. */
export function secretProblems(configuration: Json): string[] {
  return textsOf(configuration)
    .filter(
      ({ path, text }) =>
        (isSecretKey(path.at(-1) ?? "") && text !== "" && !ONLY_REFERENCE.test(text)) ||
        PASSWORD_IN_URL.test(text),
    )
    .map(({ path }) => {
      const variable = variableFor(path);
      return problem(
        path.join("."),
        "a secret in clear, which is not shown",
        `"\${${variable}}", with the secret in openclaw:environment`,
        `pulumi config set --secret --path 'openclaw:environment.${variable}', ` +
          `then edit ${path.join(".")} in the file of openclaw:configFile`,
      );
    });
}

/** References to variables that the gateway's environment does not have: it would not start. */
export function variableProblems(configuration: Json, variables: readonly string[]): string[] {
  const missing = textsOf(configuration).flatMap(({ path, text }) =>
    [...text.matchAll(REFERENCE)]
      .map(([, name]) => name as string)
      .filter((name) => !variables.includes(name))
      .map((name) => ({ path: path.join("."), name })),
  );
  return missing.map(({ path, name }) =>
    problem(
      path,
      `a reference to ${name}, which is not set`,
      "names of openclaw:environment",
      `pulumi config set --secret --path 'openclaw:environment.${name}'`,
    ),
  );
}

function textsOf(value: unknown, path: readonly string[] = []): Text[] {
  if (typeof value === "string") return [{ path, text: value }];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => textsOf(inner, [...path, key]));
}

function variableFor(path: readonly string[]): string {
  return path
    .filter((key) => !/^\d+$/.test(key))
    .slice(-2)
    .join("_")
    .replace(/([a-z])([A-Z])/g, "$1_$2")
    .replace(/\W+/g, "_")
    .toUpperCase();
}
