import { isBurst } from "../messages/burst.ts";
import type { PlaneEvent } from "../messages/events.ts";
import { issueOf, read } from "../messages/tell.ts";
import { countsOf } from "./claims.ts";
import { caughtIn } from "./eventRow.ts";

/** A row of the inbox, and whether it is looked at once more. */
export interface Kept {
  id: number;
  body: string;
  tries: number;
  /** When n8n made the row. */
  createdAt: string;
}

/** What a delivery says, or why it says nothing. */
export interface ReadItem {
  inbox: number;
  tries: number;
  event: PlaneEvent | null;
  /** Of the work item; empty where it is about none. */
  issue: string;
  why: string;
  burst: boolean;
}

/** The first of its kind is read; one that was begun before is read again, and its messages tell what was told. */
export function run(items: object[], from: (node: string) => object[]): ReadItem[] {
  const [kept] = from("In") as Kept[];
  if (kept === undefined) return [];
  const [seen, ofMinute] = countsOf(items[0]);
  const nothing = {
    inbox: kept.id,
    tries: kept.tries,
    event: null,
    issue: "",
    burst: isBurst(ofMinute ?? 0),
  };
  if (kept.tries === 0 && seen !== undefined && seen > 1) return [{ ...nothing, why: "it came before" }];
  const caught = caughtIn(kept.body);
  const found = caught === undefined ? read(kept.body, Date.parse(kept.createdAt)) : { event: caught };
  if ("reason" in found) return [{ ...nothing, why: found.reason }];
  return [{ ...nothing, event: found.event, issue: issueOf(found.event) ?? "", why: "" }];
}
