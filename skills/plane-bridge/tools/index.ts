import type { Tool } from "./tool.ts";

/** All tools, in the order in which SKILL.md shows them. */
export const TOOLS: readonly Tool[] = [];
