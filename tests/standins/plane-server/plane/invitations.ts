import { createHmac } from "node:crypto";

/** An invitation as the session API shows it, of the alias `i` joined with the workspace `w`. */
export const INVITATION = `i.id,
  jsonb_build_object('name', w.name, 'slug', w.slug, 'id', w.id, 'logo_url', NULL) AS workspace,
  '/workspace-invitations/?invitation_id=' || i.id || '&slug=' || w.slug || '&token=' || i.token AS invite_link,
  i.created_at, i.updated_at, i.deleted_at, i.email, i.accepted, i.token, i.message, i.responded_at, i.role,
  i.created_by_id AS created_by, i.updated_by_id AS updated_by`;

/** Where invitations come from, deleted ones left out. */
export const FROM_INVITATIONS = `workspace_member_invites i JOIN workspaces w ON w.id = i.workspace_id
  WHERE i.deleted_at IS NULL`;

/** The token in an invitation's link. */
export function invitationToken(email: string, secretKey: string): string {
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const body = `${part({ alg: "HS256", typ: "JWT" })}.${part({ email, timestamp: Date.now() / 1000 })}`;
  return `${body}.${createHmac("sha256", secretKey).update(body).digest("base64url")}`;
}
