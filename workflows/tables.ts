import type { TableName } from "./args.ts";
import { ROW_COLUMNS } from "./messages/row.ts";

interface Column {
  name: string;
  type: "string" | "number" | "boolean";
}

const column = (type: Column["type"]) => (name: string) => ({ name, type });

/** Tables in which the flows remember: what came, what is known of work items, what is to be sent. */
export const TABLES: Record<TableName, { name: string; columns: Column[] }> = {
  inbox: {
    name: "plane_ops_inbox",
    // `state`: new, done. A delivery is kept before Plane gets its answer, for Plane sends it once.
    columns: [...["hash", "body", "state", "why"].map(column("string")), column("number")("tries")],
  },
  items: {
    name: "plane_ops_items",
    // `pending`: the live message shows something else than it is to show.
    columns: [...ROW_COLUMNS, column("boolean")("pending")],
  },
  marks: {
    name: "plane_ops_marks",
    // `project`: or `cycle:` and the key of one that was told.
    columns: ["project", "began", "since"].map(column("string")),
  },
  outbox: {
    name: "plane_ops_outbox",
    // `chat`: where it goes, if not to the one of the messages. `state`: waiting, burst (to be summed up), sent, refused. `due`: not before, in milliseconds since 1970.
    columns: [
      ...["key", "html", "chat", "state", "topic", "headline", "why"].map(column("string")),
      ...["due", "tries"].map(column("number")),
    ],
  },
};
