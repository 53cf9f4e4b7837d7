import { BridgeError } from "./errors.ts";

/** An entry of a plan: its name in the plan, and the names that it waits for. */
interface Step {
  ref: string;
  depends_on: readonly string[];
}

/**
 * The steps in an order in which each comes after what it waits for. Names that are no step's are left to the caller.
 * @throws BridgeError that shows the circle, or the name that is there twice.
 */
export function inOrder<T extends Step>(steps: readonly T[]): T[] {
  const byRef = new Map(steps.map((step) => [step.ref, step]));
  if (byRef.size < steps.length) {
    const twice = steps.find((step, at) => steps.findIndex(({ ref }) => ref === step.ref) !== at);
    throw new BridgeError(`Two tasks of the plan are called "${twice?.ref}"`, "give each a ref of its own");
  }
  const ordered: T[] = [];
  const done = new Set<string>();
  const visit = (step: T, way: readonly string[]) => {
    if (done.has(step.ref)) return;
    if (way.includes(step.ref)) {
      const circle = [...way.slice(way.indexOf(step.ref)), step.ref];
      throw new BridgeError(
        `These dependencies go in a circle: ${circle.join(" -> ")}`,
        "leave one of them out",
      );
    }
    for (const ref of step.depends_on) {
      const before = byRef.get(ref);
      if (before !== undefined) visit(before, [...way, step.ref]);
    }
    done.add(step.ref);
    ordered.push(step);
  };
  for (const step of steps) visit(step, []);
  return ordered;
}
