/** Milliseconds since 1970 of an instant in JSON; undefined when it is none. Its offset is that of who asked. */
export function instantOf(text: string | undefined): number | undefined {
  const instant = Date.parse(text ?? "");
  return Number.isNaN(instant) ? undefined : instant;
}

/** The day of an instant, in UTC. */
export function day(instant: string): string {
  return new Date(instant).toISOString().slice(0, 10);
}
