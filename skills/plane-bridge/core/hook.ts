/**
 * Name of the hook that wakes an agent with words of ours. OpenClaw puts a warning around the words of its general
 * hook that tells the agent to do nothing of what they say, so each agent has a hook of its own without one: the
 * words are ids and nothing of Plane's.
 */
export function hookName(openclawId: string): string {
  return `plane-bridge-${openclawId}`;
}
