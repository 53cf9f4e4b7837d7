import { one } from "../database.ts";
import type { Request } from "./exchange.ts";
import { Failure } from "./failure.ts";
import type { Call } from "./views.ts";

export const ADMIN = 20;
export const MEMBER = 15;
export const GUEST = 5;

/** The caller's standing towards the workspace and the project that the path names. */
export interface Scope {
  workspace_id: string;
  workspace_role: number | null;
  project_id: string | null;
  project_role: number | null;
}

/** Looks the scope up; nothing if the workspace is unknown. */
export async function scopeOf(request: Request, { database, user }: Call): Promise<Scope | undefined> {
  const { slug, project_id: project = null, identifier = null } = request.params;
  return one<Scope & Record<string, unknown>>(
    database,
    `SELECT w.id AS workspace_id, wm.role AS workspace_role, p.id AS project_id, pm.role AS project_role
     FROM workspaces w
     LEFT JOIN workspace_members wm
       ON wm.workspace_id = w.id AND wm.member_id = $2 AND wm.is_active AND wm.deleted_at IS NULL
     LEFT JOIN projects p
       ON p.workspace_id = w.id AND (p.id = $3 OR p.identifier = $4) AND p.deleted_at IS NULL
     LEFT JOIN project_members pm
       ON pm.project_id = p.id AND pm.member_id = $2 AND pm.is_active AND pm.deleted_at IS NULL
     WHERE w.slug = $1 AND w.deleted_at IS NULL`,
    [slug, user.id, project, identifier],
  );
}

const scopes = new WeakMap<Request, Scope>();

/** The scope that the permission check of this request found. */
export function scope(request: Request): Scope {
  return scopes.get(request) as Scope;
}

function check(allowed: (scope: Scope, method: string) => boolean) {
  return async (request: Request, call: Call): Promise<boolean> => {
    const found = await scopeOf(request, call);
    if (found === undefined) return false;
    scopes.set(request, found);
    return allowed(found, request.method);
  };
}

const reads = (method: string): boolean => ["GET", "HEAD", "OPTIONS"].includes(method);

/** No workspace in the path: any account. */
export const anyone = async (): Promise<boolean> => true;

/** Members of the workspace, whatever their role. */
export const workspaceMember = check(({ workspace_role }) => workspace_role !== null);

/** Admins of the workspace. */
export const workspaceAdmin = check(({ workspace_role }) => workspace_role === ADMIN);

/** Members of the workspace read and, above guests, create projects; project admins change them. */
export const projectBase = check(({ workspace_role, project_role, project_id }, method) => {
  if (reads(method)) return workspace_role !== null;
  if (method === "POST") return (workspace_role ?? 0) >= MEMBER;
  return project_role === ADMIN || (project_id === null && workspace_role !== null);
});

/** Members of the project read, above guests they write. */
export const projectEntity = check(({ project_role }, method) =>
  reads(method) ? project_role !== null : (project_role ?? 0) >= MEMBER,
);

/** Members of the project read, its admins write. */
export const projectAdmin = check(({ project_role }, method) =>
  reads(method) ? project_role !== null : project_role === ADMIN,
);

/** The session API's check, in its own words: a role in the workspace. */
export async function requireWorkspaceRole(request: Request, call: Call, least: number): Promise<Scope> {
  const found = await scopeOf(request, call);
  if (found === undefined || (found.workspace_role ?? 0) < least) throw notPermitted();
  return found;
}

/** The session API's check: a role in the project; admins of the workspace only need to be in it. */
export async function requireProjectRole(request: Request, call: Call, least: number): Promise<Scope> {
  const found = await scopeOf(request, call);
  const role = found?.project_role ?? 0;
  const admin = role > 0 && found?.workspace_role === ADMIN;
  if (found === undefined || (role < least && !admin)) throw notPermitted();
  return found;
}

function notPermitted(): Failure {
  return new Failure(403, { error: "You don't have the required permissions." });
}
