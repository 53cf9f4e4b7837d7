/** Imported first: retries of this process do not wait. */
process.env.PLANE_OPS_RETRY_SCALE = "0";
