import { z } from "zod";
import type { PlaneClient } from "./client.ts";
import type { RouteName, RouteParams } from "./routes.ts";

/** The server's maximum (contracts/plane: 1001 is a 400). */
const PER_PAGE = "1000";

/** All entries of one of `/api/v1`'s paginated lists. */
export async function allPages<Route extends RouteName, T>(
  client: PlaneClient,
  route: Route,
  params: RouteParams<Route>,
  item: z.ZodType<T>,
  query: Record<string, string> = {},
): Promise<T[]> {
  const answer = z.object({
    results: z.array(item),
    next_page_results: z.boolean(),
    next_cursor: z.string(),
  });
  const items: T[] = [];
  for (let cursor: string | undefined = ""; cursor !== undefined; ) {
    const page: z.output<typeof answer> = await client.call(route, params, {
      query: { ...query, per_page: PER_PAGE, ...(cursor === "" ? {} : { cursor }) },
      answer,
    });
    items.push(...page.results);
    cursor = page.next_page_results ? page.next_cursor : undefined;
  }
  return items;
}
