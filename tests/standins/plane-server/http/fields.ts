import type { Row } from "../database.ts";
import type { Body } from "./body.ts";
import { badRequest } from "./failure.ts";

const UUID = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;
const ZONES = new Set(["UTC", ...Intl.supportedValuesOf("timeZone")]);

/** True for what PostgreSQL takes as a UUID. */
export function isUuid(value: unknown): value is string {
  return typeof value === "string" && UUID.test(value);
}

/** True for a name that the time zone fields take. */
export function isTimezone(value: unknown): boolean {
  return ZONES.has(String(value));
}

/**
 * The checks of a serializer: each method looks at one field of the body, and either takes its value or notes
 * an error in Django REST framework's words. A field that the body lacks is left alone unless required.
 */
export class Fields {
  /** Columns to write. */
  readonly values: Row = {};
  readonly errors: Record<string, unknown> = {};
  readonly body: Body;
  readonly #partial: boolean;

  constructor(body: Body, { partial }: { partial: boolean }) {
    this.body = body;
    this.#partial = partial;
  }

  text(
    name: string,
    { required = false, nullable = false, blank = true, max = Number.POSITIVE_INFINITY } = {},
  ): void {
    const value = this.#take(name, required, nullable);
    if (value === undefined) return;
    if (typeof value === "object" || typeof value === "boolean") this.fail(name, "Not a valid string.");
    const text = String(value).trim();
    if (text === "" && !blank) this.fail(name, "This field may not be blank.");
    else if (text.length > max) this.fail(name, `Ensure this field has no more than ${max} characters.`);
    else this.values[name] = text;
  }

  flag(name: string): void {
    const value = this.#take(name, false, false);
    if (value === undefined) return;
    if ([true, "true", "True", "1", 1].includes(value as string)) this.values[name] = true;
    else if ([false, "false", "False", "0", 0].includes(value as string)) this.values[name] = false;
    else this.fail(name, "Must be a valid boolean.");
  }

  number(name: string): void {
    const value = this.#take(name, false, false);
    if (value === undefined) return;
    if (Number.isFinite(Number(value)) && value !== "") this.values[name] = Number(value);
    else this.fail(name, "A valid number is required.");
  }

  choice(name: string, choices: readonly (string | number)[], { required = false } = {}): void {
    const value = this.#take(name, required, false);
    if (value === undefined) return;
    const found = choices.find((choice) => String(choice) === String(value));
    if (found === undefined) this.fail(name, `"${value}" is not a valid choice.`);
    else this.values[name] = found;
  }

  timezone(name: string): void {
    const value = this.#take(name, false, false);
    if (value === undefined) return;
    if (isTimezone(value)) this.values[name] = value;
    else this.fail(name, `"${value}" is not a valid choice.`);
  }

  date(name: string): void {
    const value = this.#take(name, false, true);
    if (value === undefined) return;
    if (/^\d{4}-\d\d-\d\d$/.test(String(value)) && !Number.isNaN(Date.parse(String(value)))) {
      this.values[name] = value;
    } else {
      this.fail(name, "Date has wrong format. Use one of these formats instead: YYYY-MM-DD.");
    }
  }

  json(name: string): void {
    if (this.body[name] !== undefined) this.values[name] = JSON.stringify(this.body[name]);
  }

  /** A foreign key: `find` tells whether the object exists; the value goes into `column`. */
  async reference(
    name: string,
    column: string,
    find: (id: string) => Promise<boolean>,
    { required = false } = {},
  ): Promise<void> {
    const value = this.#take(name, required, !required, column);
    if (value === undefined) return;
    if (typeof value === "string" && !isUuid(value)) this.fail(name, `“${value}” is not a valid UUID.`);
    else if (!isUuid(value) || !(await find(value))) {
      this.fail(name, `Invalid pk "${value}" - object does not exist.`);
    } else this.values[column] = value;
  }

  /** A list of foreign keys, whose errors are by position. */
  async references(
    name: string,
    find: (ids: string[]) => Promise<Set<string>>,
  ): Promise<string[] | undefined> {
    const list = this.body[name];
    if (list === undefined || list === null) return undefined;
    if (!Array.isArray(list)) {
      this.fail(name, `Expected a list of items but got type "${typeof list}".`);
      return undefined;
    }
    const found = await find(list.filter(isUuid));
    const errors: Record<string, string[]> = {};
    list.forEach((id, i) => {
      if (!isUuid(id)) errors[i] = [`“${id}” is not a valid UUID.`];
      else if (!found.has(id)) errors[i] = [`Invalid pk "${id}" - object does not exist.`];
    });
    if (Object.keys(errors).length > 0) this.errors[name] = errors;
    return list as string[];
  }

  fail(name: string, message: string): void {
    this.errors[name] = [message];
  }

  /** Ends the request with 400 and all errors, if there are any. */
  check(): void {
    if (Object.keys(this.errors).length > 0) throw badRequest(this.errors);
  }

  #take(name: string, required: boolean, nullable: boolean, column = name): unknown {
    const value = this.body[name];
    if (value === undefined) {
      if (required && !this.#partial) this.fail(name, "This field is required.");
    } else if (value === null) {
      if (nullable) this.values[column] = null;
      else this.fail(name, "This field may not be null.");
      return undefined;
    }
    return value;
  }
}
