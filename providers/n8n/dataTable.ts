import type { dynamic } from "@pulumi/pulumi";
import { difference } from "../difference.ts";
import { call, callIfThere, getOrMake, listAll, type N8nApi, onlyOne } from "./client.ts";
import { N8nError } from "./http.ts";

export interface Column {
  name: string;
  type: "string" | "number" | "boolean" | "date";
}

export interface DataTableInputs {
  /** Secret. */
  api: N8nApi;
  name: string;
  /** Others that are there stay, with what is in them. */
  columns: Column[];
}

interface DataTable {
  id: string;
  name: string;
  columns: Column[];
}

export async function check(_olds: unknown, news: DataTableInputs): Promise<dynamic.CheckResult> {
  return { inputs: news };
}

export async function diff(
  _id: string,
  { api: _, ...olds }: DataTableInputs,
  { api: __, ...news }: DataTableInputs,
): Promise<dynamic.DiffResult> {
  return difference(olds, news);
}

/** Takes the table of this name, with its rows, where there is one. */
export async function create(inputs: DataTableInputs): Promise<dynamic.CreateResult> {
  const { api, name, columns } = inputs;
  const filter = encodeURIComponent(JSON.stringify({ name }));
  const find = async () =>
    onlyOne(
      `data tables "${name}"`,
      (await listAll<DataTable>(api, `/data-tables?filter=${filter}`)).filter((each) => each.name === name),
    );
  const table = await getOrMake(api, find, "/data-tables", { name, columns });
  await complete(inputs, table.id);
  return { id: table.id, outs: inputs };
}

export async function read(id: string, props: DataTableInputs): Promise<dynamic.ReadResult> {
  const found = await callIfThere<DataTable>(props.api, "GET", `/data-tables/${id}`);
  if (found === undefined) return {};
  const columns = props.columns.flatMap(({ name }) => {
    const there = found.columns.find((column) => column.name === name);
    return there ? [{ name, type: there.type }] : [];
  });
  const actual = { ...props, name: found.name, columns };
  return { id, props: actual, inputs: actual };
}

export async function update(
  id: string,
  olds: DataTableInputs,
  news: DataTableInputs,
): Promise<dynamic.UpdateResult> {
  if (olds.name !== news.name) await call(news.api, "PATCH", `/data-tables/${id}`, { name: news.name });
  await complete(news, id);
  return { outs: news };
}

/** Its rows go with it: what the flows remember. */
async function remove(id: string, { api }: DataTableInputs): Promise<void> {
  await callIfThere(api, "DELETE", `/data-tables/${id}`);
}

export { remove as delete };

async function complete({ api, name, columns }: DataTableInputs, id: string): Promise<void> {
  const { columns: found } = await call<DataTable>(api, "GET", `/data-tables/${id}`);
  const other = columns.filter((column) =>
    found.some((each) => each.name === column.name && each.type !== column.type),
  );
  if (other.length > 0)
    throw new N8nError(
      `data table "${name}" has ${other.map((column) => column.name).join(", ")} as another type than wanted: ` +
        "delete the column in n8n (what is in it is lost), then run it again",
    );
  for (const column of columns.filter((each) => !found.some(({ name: there }) => there === each.name)))
    await call(api, "POST", `/data-tables/${id}/columns`, column);
}
