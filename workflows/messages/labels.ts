export { REVIEW_LABEL } from "../../plane/projectSetup.ts";

/** Start of the labels that name a task's agent. */
export const AGENT_LABEL = "agent:";
