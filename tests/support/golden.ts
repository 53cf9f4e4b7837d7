import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";

/** Compares with a file that a person reads and reviews. */
export function assertGolden(file: string, actual: string, test: string): void {
  if (process.env["PLANE_OPS_UPDATE_SNAPSHOT"]) writeFileSync(file, actual);
  assert.equal(
    actual,
    readFileSync(file, "utf8"),
    `if it is meant: PLANE_OPS_UPDATE_SNAPSHOT=1 npm test -- ${test}`,
  );
}
