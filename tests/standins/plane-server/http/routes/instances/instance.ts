import { all, one, type Row } from "../../../database.ts";
import { data } from "../../body.ts";
import { type Context, json, path, type Route } from "../../exchange.ts";
import { Fields } from "../../fields.ts";
import { INSTANCE, readInstance } from "../../instance.ts";
import { sessionUser } from "../../sessions.ts";
import { countAnonymous, tooMany } from "../../throttle.ts";
import { instanceRoute } from "../../views.ts";

const ALLOW = "GET, PATCH, HEAD, OPTIONS";
const PATH = "/api/instances/";
const CONFIGURATIONS = "/api/instances/configurations/";
const CONFIGURATION =
  "id, created_at, updated_at, deleted_at, key, value, category, is_encrypted, created_by, updated_by";
const CACHE_SECONDS = 2 * 60 * 60;

const patchInstance = instanceRoute(PATH, ALLOW, {
  PATCH: async (request, { database, cache, user }) => {
    const fields = new Fields(data(request), { partial: true });
    fields.text("instance_name", { max: 255, blank: false });
    fields.flag("is_telemetry_enabled");
    fields.flag("is_support_required");
    fields.flag("is_signup_screen_visited");
    fields.check();
    const values: Row = { ...fields.values, updated_by: user.id };
    const sets = Object.keys(values).map((column, i) => `${column} = $${i + 1}`);
    const instance = await one(
      database,
      `UPDATE instances SET ${sets.join(", ")}, updated_at = clock_timestamp() RETURNING ${INSTANCE}`,
      Object.values(values),
    );
    await cache.delete(PATH);
    return json(200, instance);
  },
});

/** The instance; what anyone reads may be two hours old. */
export const instance: Route = {
  path: path(PATH),
  answer: async (request, context) => {
    if (request.method !== "GET") return patchInstance.answer(request, context);
    if ((await sessionUser(request, context)) === undefined) {
      const allowance = await countAnonymous(request, context);
      if (!allowance.allowed) {
        const refusal = tooMany(allowance);
        return { ...refusal, headers: { ...refusal.headers, allow: ALLOW } };
      }
    }
    const body = await cached(context, PATH, () => readInstance(context.database, context.settings));
    return json(200, body, { allow: ALLOW, "cache-control": "private, max-age=12" });
  },
};

/** The keys and values of the instance configuration. */
export const configurations: Route = instanceRoute(CONFIGURATIONS, ALLOW, {
  GET: async (_request, context) =>
    json(
      200,
      await cached(context, CONFIGURATIONS, () =>
        all(
          context.database,
          `SELECT ${CONFIGURATION} FROM instance_configurations ORDER BY created_at DESC`,
        ),
      ),
    ),
  PATCH: async (request, { database, cache }) => {
    const values = data(request);
    // Unknown keys are left out without a word, and nobody is noted as the author.
    const rows = await all(
      database,
      `UPDATE instance_configurations c SET value = entry.value
       FROM unnest($1::text[], $2::text[]) AS entry (key, value)
       WHERE c.key = entry.key
       RETURNING ${CONFIGURATION.replace(/\b(key|value)\b/g, "c.$1")}`,
      [Object.keys(values), Object.values(values).map((value) => (value === null ? "" : String(value)))],
    );
    await cache.delete(CONFIGURATIONS);
    await cache.delete(PATH);
    rows.sort((a, b) => (String(a["created_at"]) < String(b["created_at"]) ? 1 : -1));
    return json(200, rows);
  },
});

/** What the cache holds under `key`, or what `read` gives, kept for two hours. */
export async function cached(
  { cache }: Pick<Context, "cache">,
  key: string,
  read: () => Promise<unknown>,
): Promise<unknown> {
  const kept = await cache.get<unknown>(key);
  if (kept !== undefined) return kept;
  const fresh = await read();
  await cache.set(key, fresh, CACHE_SECONDS);
  return fresh;
}
