import type { Agent, Settings } from "../workspace/settings.ts";
import { named } from "../workspace/words.ts";
import { entryOf, textOf } from "./read.ts";

/** An account of Plane's, as far as it is known: deliveries show it, the API mostly gives its id alone. */
export interface Person {
  id: string;
  email: string | undefined;
  name: string | undefined;
}

/** A person out of JSON: an object, or an id. */
export function personOf(value: unknown): Person | undefined {
  const entry = entryOf(value);
  const id = textOf(entry?.["id"] ?? value);
  if (id === undefined) return undefined;
  return { id, email: textOf(entry?.["email"]), name: textOf(entry?.["display_name"]) };
}

/** The agent whose account it is: its address begins with the agent's short name (shared facts of the platform). */
export function agentOf(person: Person | undefined, { agents }: Settings): Agent | undefined {
  const account = person?.email?.split("@")[0];
  return agents.find(({ agentId }) => agentId === account);
}

/** Who did something, as the start of a French sentence (NOTIF-04): `Agent Imhotep`, or a person's name. */
export function who(person: Person | undefined, settings: Settings): string {
  const agent = agentOf(person, settings);
  return agent === undefined ? nameOf(person, settings) : `Agent ${named(agent.displayName)}`;
}

/** The name alone. */
export function nameOf(person: Person | undefined, settings: Settings): string {
  const name = agentOf(person, settings)?.displayName ?? person?.name;
  return name === undefined ? "Quelqu'un" : named(name);
}
