/**
 * The custom fields of a work item: the one table of their names, types, ranges and words. Community Edition has no
 * custom fields of its own (404), so they live in a block of the description; `read.ts` and `write.ts` do that.
 * Messages are French: people read them in a comment in Plane.
 */
import { agentLabel, REVIEW_LABEL } from "../projectSetup.ts";

/** One field. `T` is its type in TypeScript. */
export interface FieldDeclaration<T extends string | number = string | number> {
  type: T extends number ? "number" : "text";
  /** The value of a work item whose block does not say; null: none. */
  default: T | null;
  /** Ends of a number's range, both allowed. */
  minimum?: number;
  maximum?: number;
  /** What a text has to match. */
  pattern?: RegExp;
  /** Whether a text is in capitals; the others are in small letters. */
  capitals?: true;
  /** What is allowed, as the end of a French sentence. */
  allowed: string;
  /** The label that mirrors a value, so that people can filter and group by it in Plane. */
  label?(value: T): string | undefined;
}

const text = (declaration: Omit<FieldDeclaration<string>, "type">): FieldDeclaration<string> => ({
  type: "text",
  ...declaration,
});
const number = (declaration: Omit<FieldDeclaration<number>, "type">): FieldDeclaration<number> => ({
  type: "number",
  ...declaration,
});

/** A score below this asks a person to look (OPENCLAW-12). */
export const REVIEW_BELOW = 0.7;

/** In the order in which a new block shows them. */
export const FIELDS = {
  agent_id: text({
    default: null,
    pattern: /^(?=.{1,32}$)[a-z][a-z0-9]*(-[a-z0-9]+)*$/,
    allowed: "le nom court d'un agent, en minuscules et sans espace, par exemple imhotep",
    label: agentLabel,
  }),
  cost_estimate: number({
    default: null,
    minimum: 0,
    allowed: "un nombre à partir de 0 (en dollars), par exemple 12.5",
  }),
  confidence_score: number({
    default: null,
    minimum: 0,
    maximum: 1,
    allowed: "un nombre de 0 à 1, par exemple 0.8",
    label: (score) => (score < REVIEW_BELOW ? REVIEW_LABEL : undefined),
  }),
  session_id: text({
    default: null,
    pattern: /^openclaw-session-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
    allowed:
      "openclaw-session- suivi d'un UUID, par exemple openclaw-session-0d9c3a52-6f0b-4c7e-9a54-3d2f1b8e7c60",
  }),
  task_kind: text({
    default: null,
    pattern: /^(code|document|image|research|operation)$/,
    allowed: "code, document, image, research ou operation",
  }),
  deliverable: text({
    default: null,
    pattern: /^(required|optional)$/,
    allowed: "required (un livrable est exigé) ou optional",
  }),
  time_spent_minutes: number({
    default: null,
    minimum: 0,
    allowed: "un nombre de minutes à partir de 0, par exemple 90",
  }),
  timer_started_at: text({
    default: null,
    pattern: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/,
    capitals: true,
    allowed: "un instant en UTC, par exemple 2026-03-01T09:30:00Z",
  }),
} satisfies Record<string, FieldDeclaration<string> | FieldDeclaration<number>>;

export type FieldName = keyof typeof FIELDS;
type ValueOf<D> = D extends FieldDeclaration<infer T> ? T : never;

/** The fields that a work item has. A field without a value is absent. */
export type Fields = { -readonly [N in FieldName]?: ValueOf<(typeof FIELDS)[N]> };

/** What to change; null and undefined clear a field. */
export type FieldChanges = { [N in FieldName]?: ValueOf<(typeof FIELDS)[N]> | null | undefined };

export const FIELD_NAMES = Object.keys(FIELDS) as FieldName[];

/**
 * The French sentence about a value that a field does not take (what was found, what is allowed), or undefined when
 * the value is fine. Whether an agent of that name exists is for the caller to check.
 */
export function fieldProblem(name: string, value: unknown): string | undefined {
  if (!Object.hasOwn(FIELDS, name))
    return `Champ « ${shown(name)} » inconnu ; champs possibles : ${FIELD_NAMES.join(", ")}.`;
  const declaration: FieldDeclaration = FIELDS[name as FieldName];
  return fits(declaration, value) ? undefined : valueProblem(name as FieldName, value);
}

/** The French sentence about a value that was found and is not allowed. */
export function valueProblem(name: FieldName, found: unknown): string {
  return `Champ « ${name} » : « ${shown(found)} » trouvé ; valeur attendue : ${FIELDS[name].allowed}.`;
}

function fits(declaration: FieldDeclaration, value: unknown): boolean {
  if (declaration.type === "text") return typeof value === "string" && declaration.pattern!.test(value);
  const { minimum = Number.NEGATIVE_INFINITY, maximum = Number.POSITIVE_INFINITY } = declaration;
  return typeof value === "number" && Number.isFinite(value) && value >= minimum && value <= maximum;
}

/** Names of the labels that a work item with these fields has to have, beside its other labels. */
export function labelsOf(fields: Fields): string[] {
  return FIELD_NAMES.flatMap((name) => {
    const declaration: FieldDeclaration = FIELDS[name];
    const value = fields[name];
    return (value === undefined ? undefined : declaration.label?.(value)) ?? [];
  });
}

/**
 * The value in a text that a person may have typed, or undefined when it is none that the field takes. Names lose
 * capitals and a leading `@`; numbers may have a decimal comma, spaces between thousands and a dollar sign.
 */
export function parseValue(name: FieldName, typed: string): string | number | undefined {
  const declaration: FieldDeclaration = FIELDS[name];
  const value = declaration.type === "text" ? parseText(declaration, typed) : parseNumber(typed);
  return fits(declaration, value) ? value : undefined;
}

function parseText({ capitals }: FieldDeclaration, typed: string): string {
  return capitals === true ? typed.toUpperCase() : typed.toLowerCase().replace(/^@\s*/, "");
}

function parseNumber(typed: string): number | undefined {
  const bare = typed.replace(/^(\$|usd)\s*|\s*(\$|usd)$/gi, "");
  // 1,250 is a thousand to some and one and a quarter to others: nobody should guess about money.
  if (/^[1-9]\d{0,2}(,\d{3})+$/.test(bare)) return undefined;
  const joined = /^[+-]?\d{1,3}( \d{3})+([.,]\d+)?$/.test(bare) ? bare.replaceAll(" ", "") : bare;
  if (!/^[+-]?(\d+[.,]?\d*|[.,]\d+)(e[+-]?\d+)?$/i.test(joined)) return undefined;
  const value = Number(joined.replace(",", "."));
  return value === 0 ? 0 : value;
}

/** A text from a description, short enough for a sentence. */
export function shown(found: unknown): string {
  const line = String(found).replace(/\s+/g, " ").trim();
  return line.length > 80 ? `${line.slice(0, 79)}…` : line;
}
