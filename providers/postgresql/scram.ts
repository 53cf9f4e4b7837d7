import { createHash, createHmac, pbkdf2Sync, timingSafeEqual } from "node:crypto";

/**
 * Whether a stored PostgreSQL verifier belongs to a password (RFC 5803 form `SCRAM-SHA-256$<iterations>:<salt>$<stored
 * key>:<server key>`). It needs no sign-in, which `trust` lines in pg_hba.conf would make meaningless.
 * @param verifier `pg_authid.rolpassword`; empty when the role has none.
 */
export function verifierMatches(verifier: string, password: string, role: string): boolean {
  if (/^md5[0-9a-f]{32}$/.test(verifier))
    return (
      verifier ===
      `md5${createHash("md5")
        .update(password + role)
        .digest("hex")}`
    );
  const parts = /^SCRAM-SHA-256\$(\d+):([^$]+)\$([^:]+):(.+)$/.exec(verifier);
  if (!parts) return false;
  const [, iterations, salt, stored] = parts as unknown as [string, string, string, string];
  const salted = pbkdf2Sync(
    password.normalize("NFKC"),
    Buffer.from(salt, "base64"),
    Number(iterations),
    32,
    "sha256",
  );
  const clientKey = createHmac("sha256", salted).update("Client Key").digest();
  const computed = createHash("sha256").update(clientKey).digest();
  const expected = Buffer.from(stored, "base64");
  return expected.length === computed.length && timingSafeEqual(expected, computed);
}
