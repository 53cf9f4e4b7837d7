/** Says that a container, network or volume is Pulumi's (platform.md). */
export const MANAGED_BY = { label: "io.javisi.managed-by", value: "pulumi" };

/** Names the stack that made a container, network or volume: `<project>/<stack>`. */
export const STACK_LABEL = "io.javisi.stack";

/** Labels of everything that a stack makes, sorted. */
export function ownLabels(owner: string): { label: string; value: string }[] {
  return [MANAGED_BY, { label: STACK_LABEL, value: owner }];
}
