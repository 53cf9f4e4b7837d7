import { STATUSES, type Status } from "../workspace/status.ts";

/**
 * What is known of a work item, and of the live message about it (NOTIF-07): a row of a data table of n8n's. A column
 * that nobody has written is null there, and has its value of {@link EMPTY} here.
 */
export interface Row {
  /** Id of the work item. */
  issue: string;
  /** The status that was heard of last; empty: none was. */
  status: Status | "";
  /** Whether a review was asked for when last heard. */
  review: boolean;
  /** Short name of the agent that the live message is about. */
  agent: string;
  /** How far it says to be; -1: it has not said. */
  percent: number;
  note: string;
  /** When it said so, in milliseconds since 1970. */
  progressAt: number;
  /** What the live message is to show, as HTML; empty: there is none. */
  live: string;
  /** What it shows. */
  shown: string;
  /** Its id in Telegram; 0: it has not been sent. */
  message: number;
  /** When it was sent or edited last. */
  editedAt: number;
}

const EMPTY: Row = {
  issue: "",
  status: "",
  review: false,
  agent: "",
  percent: -1,
  note: "",
  progressAt: 0,
  live: "",
  shown: "",
  message: 0,
  editedAt: 0,
};

/** Columns of the table, with their types in n8n. */
export const ROW_COLUMNS = Object.entries(EMPTY).map(([name, value]) => ({
  name,
  type: typeof value as "string" | "number" | "boolean",
}));

/** The row as the data table gives it; undefined where there is none. */
export function rowOf(row: Readonly<Record<string, unknown>> | undefined): Row {
  const known = Object.entries(EMPTY).map(([name, empty]) => {
    const value = row?.[name];
    return [name, typeof value === typeof empty ? value : empty];
  });
  const read = Object.fromEntries(known) as Row;
  return { ...read, status: STATUSES.find((status) => status === read.status) ?? "" };
}
