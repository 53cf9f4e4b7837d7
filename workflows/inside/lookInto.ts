/** The projects to look into, each by itself. */
export function run(_items: object[], from: (node: string) => object[]): object[] {
  return (from("Looks") as { looks: object[] }[])[0]?.looks ?? [];
}
