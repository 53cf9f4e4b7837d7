import type { PlaneOpsConfig } from "../config.ts";

/** Says that a container, network or volume is Pulumi's (platform.md). */
export const MANAGED_BY = { label: "io.javisi.managed-by", value: "pulumi" };

/** Whose a container, network or volume is: {@link PlaneOpsConfig.owner}, the same for no other stack or checkout. */
export const OWNER_LABEL = "io.javisi.owner";

/** The stack's name, `<project>/<stack>`, for people and filters. */
const STACK_LABEL = "io.javisi.stack";

/** Labels of everything that a stack makes, sorted. */
export function ownLabels({ owner, stack }: Pick<PlaneOpsConfig, "owner" | "stack">) {
  return [MANAGED_BY, { label: OWNER_LABEL, value: owner }, { label: STACK_LABEL, value: stack }];
}
