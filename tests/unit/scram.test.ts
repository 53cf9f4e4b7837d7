import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { verifierMatches } from "../../providers/postgresql/scram.ts";

/** Made by PostgreSQL 15: `ALTER ROLE plane PASSWORD 'correct horse'`. */
const VERIFIER =
  "SCRAM-SHA-256$4096:Mk4qKWDNUVnJPKqQNtA3GQ==$CKo8lgfGwTHdWyq6XDTmWJxpOzdPUA2UzpFLI1ri4Qw=:Q/2m6upuexrsjiPzc6gE4PkSKaoGDYS+9JA/bq6aaSc=";

test("INFRA-02: a verifier that PostgreSQL made belongs to its password and to no other", () => {
  assert.equal(verifierMatches(VERIFIER, "correct horse", "plane"), true);
  assert.equal(verifierMatches(VERIFIER, "correct horse ", "plane"), false);
  assert.equal(verifierMatches(VERIFIER, "", "plane"), false);
});

test("an md5 verifier of an older server is understood", () => {
  const verifier = `md5${createHash("md5").update("correct horseplane").digest("hex")}`;
  assert.equal(verifierMatches(verifier, "correct horse", "plane"), true);
  assert.equal(verifierMatches(verifier, "correct horse", "other"), false);
});

test("a role without a password, or with something unreadable, matches nothing", () => {
  for (const verifier of ["", "SCRAM-SHA-256$", "SCRAM-SHA-256$4096:c2FsdA==$abc"])
    assert.equal(verifierMatches(verifier, "correct horse", "plane"), false);
});
