/** The list or object in a field, each as an item of its own. */
export function run(items: object[], _from: unknown, { field }: { field: string }): object[] {
  return items.flatMap((item) => (item as Record<string, object | object[] | null>)[field] ?? []);
}
