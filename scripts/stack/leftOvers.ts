import { readFileSync } from "node:fs";
import type { Engine } from "../setup/docker.ts";
import { askEngine } from "../setup/engine.ts";
import { type Paths, projectName, stackName } from "../setup/paths.ts";
import { stackFile } from "../setup/workspace.ts";

/** Something in the engine that carries the stack's label. */
export interface LabelledObject {
  kind: "container" | "network" | "volume";
  name: string;
}

/** The label that every object of the local stack carries. */
export const stackLabel = `io.javisi.stack=${projectName}/${stackName}`;

/**
 * What is still in the engine under the stack's label and is this checkout's: another checkout's stack has the same
 * label, so a name counts only when this checkout's state mentions it. A state that cannot be read mentions all.
 */
export async function leftOvers(paths: Paths, engine: Engine): Promise<LabelledObject[]> {
  const known = await knownNames(paths);
  const filters = encodeURIComponent(JSON.stringify({ label: [stackLabel] }));
  const lists: [LabelledObject["kind"], string][] = [
    ["container", `/containers/json?all=1&filters=${filters}`],
    ["network", `/networks?filters=${filters}`],
    ["volume", `/volumes?filters=${filters}`],
  ];
  const found: LabelledObject[] = [];
  for (const [kind, path] of lists) {
    const { body } = await askEngine(engine.endpoint, path);
    const objects = (kind === "volume" ? (body.Volumes ?? []) : body) as {
      Name?: string;
      Names?: string[];
    }[];
    for (const object of objects) {
      const name = (object.Names?.[0] ?? object.Name ?? "").replace(/^\//, "");
      if (known === undefined || known.has(name)) found.push({ kind, name });
    }
  }
  return found;
}

/** The names in the state before and after the last change; undefined when neither can be read. */
async function knownNames(paths: Paths): Promise<Set<string> | undefined> {
  const names = new Set<string>();
  let read = false;
  for (const file of [stackFile(paths), `${stackFile(paths)}.bak`]) {
    try {
      const text = readFileSync(file, "utf8");
      JSON.parse(text);
      for (const match of text.matchAll(/"name": ?"([^"\\]+)"/g)) names.add(match[1] ?? "");
      read = true;
    } catch {
      // The other one may do.
    }
  }
  return read ? names : undefined;
}

/** Removes an object and says what became of it. */
export async function removeObject(engine: Engine, { kind, name }: LabelledObject): Promise<string> {
  const path = `/${kind}s/${encodeURIComponent(name)}${kind === "container" ? "?force=1&v=1" : ""}`;
  const answer = await askEngine(engine.endpoint, path, { method: "DELETE", timeout: 60_000 });
  if (answer.status < 300 || answer.status === 404) return `${kind} ${name} removed`;
  return `${kind} ${name} stays: ${answer.body?.message ?? answer.status}`;
}
