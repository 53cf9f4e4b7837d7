import { join } from "node:path";
import { z } from "zod";
import { reconcile } from "../core/assignment.ts";
import type { BridgeConfig } from "../core/config.ts";
import type { Desk } from "../core/desk.ts";
import { readState, writeState } from "../core/stateFile.ts";
import type { Task } from "../core/task.ts";

const File = z.record(z.string(), z.string().nullable());

/** Whose each open task was when all places last agreed: what differs from it now is what a person changed. */
export class Owners {
  readonly #path: string;
  #owners: Map<string, string | null>;
  /** Tasks that a person was asked about, as of which change: asked again only when there is another. */
  readonly #asked = new Map<string, string>();

  constructor({ state }: Pick<BridgeConfig, "state">) {
    this.#path = join(state, "poller", "owners.json");
    this.#owners = new Map(Object.entries(readState(this.#path, File) ?? {}));
  }

  /** Makes the places of a task agree. While a person is asked it is the agent's that the field names. */
  async reconciled(desk: Desk, seen: Task): Promise<{ task: Task; owner: string | null }> {
    const { id, updated_at } = seen.item;
    const asked = { task: seen, owner: undefined };
    const { task, owner } =
      this.#asked.get(id) === updated_at ? asked : await reconcile(desk, seen, this.#owners.get(id));
    if (owner === undefined) {
      this.#asked.set(id, updated_at);
      return { task, owner: task.fields.agent_id ?? null };
    }
    this.#asked.delete(id);
    if (this.#owners.get(id) !== owner) {
      this.#owners.set(id, owner);
      this.#write();
    }
    return { task, owner };
  }

  /** Forgets all tasks but these. */
  keep(tasks: ReadonlySet<string>): void {
    const kept = [...this.#owners].filter(([id]) => tasks.has(id));
    for (const id of this.#asked.keys()) if (!tasks.has(id)) this.#asked.delete(id);
    if (kept.length === this.#owners.size) return;
    this.#owners = new Map(kept);
    this.#write();
  }

  #write(): void {
    writeState(this.#path, Object.fromEntries(this.#owners));
  }
}
