/** Ids of the messages that were summed up, each as an item. */
export function run(_items: object[], from: (node: string) => object[]): { id: number }[] {
  return (from("Sum") as { of: number[] }[]).flatMap(({ of }) => of.map((id) => ({ id })));
}
