/** Plane's role on PostgreSQL. */
export const ROLE = "plane";

/** Plane's database (INFRA-02). */
export const DATABASE = "plane_production";

/** Start of all of Plane's Redis keys (INFRA-03). */
export const KEY_PREFIX = "plane:";
