import type { Change } from "../plugin.ts";
import { type ResourceSpec, replacesOnChange } from "../schema.ts";
import { canonical, isRecord, type Properties, UNKNOWN, type Value } from "../values.ts";

/** What the difference of a docker resource needs to know beyond the schema. */
export interface DifferenceRules {
  /** Lists whose order means something; every other list is a set. */
  ordered: string[];
  /** Members of nested objects that are assumed when absent, by property. */
  assumed?: Record<string, Properties>;
  /** Members of nested objects that the engine chooses when absent, by property. */
  chosenByEngine?: Record<string, string[]>;
  /** Properties for which an absent input never counts as a change. */
  keptWhenAbsent?: string[];
}

/**
 * Compares what is wanted with what is there, the way the official plugin does: an absent input is a
 * removal, unless the property is one the engine fills in (the schema's required outputs). Empty text, 0,
 * false and empty lists count as absent.
 */
export function difference(
  spec: ResourceSpec,
  rules: DifferenceRules,
  state: Properties,
  inputs: Properties,
): Change[] {
  const changes: Change[] = [];
  const computed = new Set([...(spec.required ?? []), ...(rules.keptWhenAbsent ?? [])]);
  for (const [property, propertySpec] of Object.entries(spec.inputProperties)) {
    const replace = replacesOnChange(propertySpec);
    const wanted = normal(property, rules, inputs[property]);
    if (wanted === undefined && computed.has(property)) continue;
    const there = normal(property, rules, state[property], inputs[property]);
    if (wanted === UNKNOWN || canonical(wanted) !== canonical(there)) {
      const kind = there === undefined ? "add" : wanted === undefined ? "delete" : "update";
      changes.push({ property, kind, replace });
    }
  }
  return changes;
}

function normal(
  property: string,
  rules: DifferenceRules,
  value: Value | undefined,
  wanted?: Value,
): Value | undefined {
  if (!Array.isArray(value)) return normalMember(value, rules.ordered.includes(property));
  const items = value.map((item, index) => {
    const given = Array.isArray(wanted) && value.length === wanted.length ? wanted[index] : undefined;
    return normalItem(property, rules, item, given);
  });
  return normalMember(items, rules.ordered.includes(property));
}

function normalItem(property: string, rules: DifferenceRules, item: Value, wanted: Value | undefined): Value {
  if (!isRecord(item)) return item;
  const full: Properties = { ...rules.assumed?.[property], ...item };
  for (const member of rules.chosenByEngine?.[property] ?? []) {
    if (isRecord(wanted) && wanted[member] === undefined) delete full[member];
  }
  return full;
}

function normalMember(value: Value | undefined, ordered: boolean): Value | undefined {
  if (value === undefined || value === null || value === "" || value === 0 || value === false)
    return undefined;
  if (Array.isArray(value)) {
    if (value.length === 0) return undefined;
    const items = value.map((item) => (isRecord(item) ? (normalMember(item, ordered) ?? {}) : item));
    return ordered ? items : items.toSorted((left, right) => (canonical(left) < canonical(right) ? -1 : 1));
  }
  if (!isRecord(value)) return value;
  const members: Properties = {};
  for (const [key, member] of Object.entries(value)) {
    const kept = normalMember(member, ordered);
    if (kept !== undefined) members[key] = kept;
  }
  return Object.keys(members).length > 0 ? members : undefined;
}
