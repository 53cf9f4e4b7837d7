import type { ReadItem } from "./read.ts";
import type { TellItem } from "./tell.ts";

/** What is to be written of the work item; nothing where nothing was learnt. */
export function run(_items: object[], from: (node: string) => object[]): { columns: object | null }[] {
  const [{ issue } = { issue: "" }] = from("Read") as ReadItem[];
  const { columns = {}, row } = (from("Tell") as TellItem[])[0] ?? {};
  if (issue === "" || Object.keys(columns).length === 0) return [{ columns: null }];
  const { live, shown } = { ...row, ...columns } as { live: string; shown: string };
  return [{ columns: { issue, ...columns, pending: live !== shown } }];
}
