import { randomBytes, randomInt, randomUUID } from "node:crypto";
import type { CheckFailure } from "../schema.ts";
import type { Properties } from "../values.ts";

const LOWER = "abcdefghijklmnopqrstuvwxyz";
const UPPER = LOWER.toUpperCase();
const DIGITS = "0123456789";
const SPECIAL = "!@#$%&*()-_=+[]{}<>:?";

/** Refuses lengths that cannot hold what is asked for, and an alphabet with nothing in it. */
export function checkText(inputs: Properties): CheckFailure[] {
  const numbers = ["length", "minLower", "minNumeric", "minSpecial", "minUpper"].map((key) => inputs[key]);
  if (numbers.some((value) => typeof value !== "number")) return [];
  const [length, ...minimums] = numbers as number[];
  const sum = minimums.reduce((total, minimum) => total + minimum, 0);
  const failures: CheckFailure[] = [];
  if ((length ?? 0) < 1) failures.push({ property: "length", reason: "length must be 1 or more" });
  if ((length ?? 0) < sum) {
    failures.push({ property: "length", reason: `length must be ${sum} or more, the sum of the minimums` });
  }
  if (alphabet(inputs) === "") {
    failures.push({ property: "lower", reason: "one of lower, upper, numeric, special must be true" });
  }
  return failures;
}

function special(inputs: Properties): string {
  return (inputs.overrideSpecial as string | undefined) || SPECIAL;
}

function alphabet(inputs: Properties): string {
  return [
    inputs.lower ? LOWER : "",
    inputs.upper ? UPPER : "",
    inputs.numeric ? DIGITS : "",
    inputs.special ? special(inputs) : "",
  ].join("");
}

function pick(letters: string, count: number): string[] {
  return Array.from({ length: count }, () => letters[randomInt(letters.length)] as string);
}

function text(inputs: Properties): string {
  const letters = [
    ...pick(LOWER, inputs.minLower as number),
    ...pick(UPPER, inputs.minUpper as number),
    ...pick(DIGITS, inputs.minNumeric as number),
    ...pick(special(inputs), inputs.minSpecial as number),
  ];
  letters.push(...pick(alphabet(inputs), (inputs.length as number) - letters.length));
  for (let last = letters.length - 1; last > 0; last--) {
    const other = randomInt(last + 1);
    [letters[last], letters[other]] = [letters[other] as string, letters[last] as string];
  }
  return letters.join("");
}

export function stringOutputs(inputs: Properties): Properties {
  const result = text(inputs);
  return { id: result, result };
}

/** The id of a password is the word "none", so that it shows nowhere. */
export async function passwordOutputs(inputs: Properties): Promise<Properties> {
  const result = text(inputs);
  const { bcrypt } = await import("./bcrypt.ts");
  return { id: "none", result, bcryptHash: bcrypt(result) };
}

export function uuidOutputs(): Properties {
  const result = randomUUID();
  return { id: result, result };
}

export function bytesOutputs(inputs: Properties): Properties {
  const bytes = randomBytes(inputs.length as number);
  return { id: "none", base64: bytes.toString("base64"), hex: bytes.toString("hex") };
}

export function idOutputs(inputs: Properties): Properties {
  const bytes = randomBytes(inputs.byteLength as number);
  const prefix = (inputs.prefix as string | undefined) ?? "";
  const url = bytes.toString("base64url");
  return {
    id: url,
    b64Std: prefix + bytes.toString("base64"),
    b64Url: prefix + url,
    dec: prefix + BigInt(`0x${bytes.toString("hex")}`).toString(),
    hex: prefix + bytes.toString("hex"),
  };
}
