import type { Request } from "./exchange.ts";
import { badRequest } from "./failure.ts";

/** A page of a list, as asked for. */
export interface Page {
  limit: number;
  offset: number;
  index: number;
}

/** `per_page` and `cursor=<per_page>:<page>:0`. */
export function pageOf(request: Request, perPage = 1000): Page {
  const wanted = request.query.get("per_page");
  const limit = wanted === null ? perPage : Number(wanted);
  if (!Number.isInteger(limit)) throw badRequest({ detail: "Invalid per_page parameter." });
  if (limit > 1000) throw badRequest({ detail: "Invalid per_page value. Cannot exceed 1000." });
  const cursor = request.query.get("cursor");
  if (cursor === null) return { limit, offset: 0, index: 0 };
  const parts = cursor.split(":").map(Number);
  const [value = 0, index = 0] = parts;
  if (parts.length !== 3 || parts.some((part) => !Number.isInteger(part)) || index < 0) {
    throw badRequest({ detail: "Invalid cursor parameter." });
  }
  return { limit, offset: index * value, index };
}

/** The envelope of a list. */
export function paginated(page: Page, total: number, results: unknown[]): Record<string, unknown> {
  const { limit, offset, index } = page;
  return {
    grouped_by: null,
    sub_grouped_by: null,
    total_count: total,
    next_cursor: `${limit}:${index + 1}:0`,
    prev_cursor: `${limit}:${index - 1}:1`,
    next_page_results: offset + results.length < total,
    prev_page_results: index > 0,
    count: results.length,
    total_pages: Math.ceil(total / limit),
    total_results: total,
    extra_stats: null,
    results,
  };
}

/** `fields=a,b`: only these of what the object has; without it, everything. */
export function pick<T extends Record<string, unknown>>(request: Request, row: T): Record<string, unknown> {
  const wanted = request.query.get("fields")?.split(",").filter(Boolean);
  if (wanted === undefined || wanted.length === 0) return row;
  return Object.fromEntries(Object.entries(row).filter(([name]) => wanted.includes(name)));
}
