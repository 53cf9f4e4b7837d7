/** What another node gave out, once more. */
export function run(
  _items: object[],
  from: (node: string) => object[],
  { node }: { node: string },
): object[] {
  return from(node);
}
