import type { PlaneEvent } from "../messages/events.ts";

/** An event that no delivery told of, as a row of the inbox. */
export interface EventRow {
  hash: "";
  body: string;
  state: "new";
  tries: 1;
}

export function eventRow(event: PlaneEvent): EventRow {
  return { hash: "", body: JSON.stringify({ caught: event }), state: "new", tries: 1 };
}

/** The event of a row that {@link eventRow} made; undefined for a delivery. */
export function caughtIn(body: string): PlaneEvent | undefined {
  // Plane's own bodies have no such key, and only this project writes the inbox.
  const { caught } = JSON.parse(body) as { caught?: PlaneEvent };
  return caught;
}
