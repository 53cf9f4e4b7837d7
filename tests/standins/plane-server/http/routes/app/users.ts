import { one, update } from "../../../database.ts";
import { data } from "../../body.ts";
import { json, type Route } from "../../exchange.ts";
import { Fields } from "../../fields.ts";
import { sessionRoute } from "../../views.ts";

/** `vary_on_cookie` puts Cookie first. */
const PRIVATE = { "cache-control": "private, max-age=12" };

const ME = `id, avatar, cover_image, NULL AS avatar_url, NULL AS cover_image_url, date_joined, display_name, email,
  first_name, last_name, is_active, is_bot, is_email_verified, user_timezone, username, is_password_autoset,
  last_login_medium, last_login_time`;
const FULL = `last_login, id, username, mobile_number, email, display_name, first_name, last_name, avatar,
  NULL AS avatar_asset, cover_image, NULL AS cover_image_asset, date_joined, created_at, updated_at,
  '' AS last_location, '' AS created_location, false AS is_superuser, false AS is_managed,
  false AS is_password_expired, is_active, false AS is_staff, is_email_verified, is_password_autoset,
  false AS is_password_reset_required, token, last_active, last_login_time, last_logout_time, last_login_ip,
  last_logout_ip, last_login_medium, last_login_uagent, token_updated_at, is_bot, bot_type, user_timezone,
  false AS is_email_valid, NULL AS masked_at`;
const PROFILE = `id, created_at, updated_at, theme, is_app_rail_docked, is_tour_completed, onboarding_step, use_case,
  role, is_onboarded, last_workspace_id, billing_address_country, billing_address, has_billing_address,
  company_name, notification_view_mode, is_smooth_cursor_enabled, is_mobile_onboarded, mobile_onboarding_step,
  mobile_timezone_auto_set, language, start_of_the_week, goals, background_color, is_navigation_tour_completed,
  has_marketing_email_consent, is_subscribed_to_changelog, product_tour, user_id AS "user"`;

/** The signed-in account. A change answers with more than a read, the account's token included. */
export const me: Route = varyOnCookie(
  sessionRoute("/api/users/me/", "GET, PATCH, DELETE, HEAD, OPTIONS", {
    GET: async (_request, { database, user }) =>
      json(200, await one(database, `SELECT ${ME} FROM users WHERE id = $1`, [user.id]), PRIVATE),
    PATCH: async (request, { database, user }) => {
      const fields = new Fields(data(request), { partial: true });
      fields.text("first_name", { max: 255 });
      fields.text("last_name", { max: 255 });
      fields.text("display_name", { max: 255 });
      fields.text("avatar");
      fields.text("mobile_number", { nullable: true, max: 255 });
      fields.timezone("user_timezone");
      fields.check();
      return json(200, await update(database, "users", user.id, fields.values, FULL));
    },
  }),
);

/** The settings of the signed-in account; the language is not checked. */
export const profile: Route = varyOnCookie(
  sessionRoute("/api/users/me/profile/", "GET, PATCH, HEAD, OPTIONS", {
    GET: async (_request, { database, user }) =>
      json(
        200,
        await one(database, `SELECT ${PROFILE} FROM profiles WHERE user_id = $1`, [user.id]),
        PRIVATE,
      ),
    PATCH: async (request, { database, user }) => {
      const fields = new Fields(data(request), { partial: true });
      for (const name of ["language", "role", "use_case", "company_name", "billing_address_country"]) {
        fields.text(name, { nullable: true, max: 300 });
      }
      for (const name of [
        "is_onboarded",
        "is_tour_completed",
        "is_app_rail_docked",
        "is_navigation_tour_completed",
        "has_marketing_email_consent",
        "is_subscribed_to_changelog",
        "is_smooth_cursor_enabled",
      ]) {
        fields.flag(name);
      }
      for (const name of ["onboarding_step", "theme", "goals", "product_tour"]) fields.json(name);
      fields.number("start_of_the_week");
      fields.check();
      const { id } = (await one(database, "SELECT id FROM profiles WHERE user_id = $1", [user.id])) ?? {};
      return json(200, await update(database, "profiles", id, fields.values, PROFILE));
    },
  }),
);

/** Marks the account as introduced. */
export const onboard: Route = sessionRoute("/api/users/me/onboard/", "PATCH, OPTIONS", {
  PATCH: async (request, { database, user }) => {
    const { is_onboarded: done = false } = data(request);
    await database.query("UPDATE profiles SET is_onboarded = $1 WHERE user_id = $2", [done, user.id]);
    return json(200, { message: "Updated successfully" });
  },
});

function varyOnCookie(route: Route): Route {
  return {
    ...route,
    answer: async (request, context) => {
      const answer = await route.answer(request, context);
      const decorated = request.method === "GET" && answer.status === 200;
      if (!decorated) return answer;
      return { ...answer, headers: { ...answer.headers, vary: "Cookie, Accept-Encoding, origin" } };
    },
  };
}
