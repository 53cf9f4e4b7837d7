/**
 * Every route of Plane 1.3.1 that we call, and nothing else can be called: a test compares this table with the
 * server's own list of URLs (contracts/plane/urls.txt). `/api/v1` takes a token, `/auth` and the admin's
 * sign-in take forms, the rest a session.
 */
export const ROUTES = {
  "instance.get": "GET /api/instances/",
  "instance.patch": "PATCH /api/instances/",
  "instance.signUp": "POST /api/instances/admins/sign-up/",
  "instance.signIn": "POST /api/instances/admins/sign-in/",
  "instance.configuration": "GET /api/instances/configurations/",
  "instance.configure": "PATCH /api/instances/configurations/",
  "instance.createWorkspace": "POST /api/instances/workspaces/",

  "auth.signIn": "POST /auth/sign-in/",
  "auth.signUp": "POST /auth/sign-up/",
  "auth.changePassword": "POST /auth/change-password/",

  "me.get": "GET /api/users/me/",
  "me.patch": "PATCH /api/users/me/",
  "me.profile": "GET /api/users/me/profile/",
  "me.patchProfile": "PATCH /api/users/me/profile/",
  "me.invitations": "GET /api/users/me/workspaces/invitations/",
  "me.acceptInvitations": "POST /api/users/me/workspaces/invitations/",
  "tokens.list": "GET /api/users/api-tokens/",
  "tokens.create": "POST /api/users/api-tokens/",
  "tokens.patch": "PATCH /api/users/api-tokens/:id/",
  "tokens.delete": "DELETE /api/users/api-tokens/:id/",
  "tokens.owner": "GET /api/v1/users/me/",

  "workspace.get": "GET /api/workspaces/:slug/",
  "workspace.patch": "PATCH /api/workspaces/:slug/",
  "workspace.delete": "DELETE /api/workspaces/:slug/",
  "workspace.issueTypes": "GET /api/workspaces/:slug/issue-types/",
  "invitations.create": "POST /api/workspaces/:slug/invitations/",
  "members.list": "GET /api/workspaces/:slug/members/",
  "members.patch": "PATCH /api/workspaces/:slug/members/:id/",
  "members.delete": "DELETE /api/workspaces/:slug/members/:id/",
  "webhooks.list": "GET /api/workspaces/:slug/webhooks/",
  "webhooks.create": "POST /api/workspaces/:slug/webhooks/",
  "webhooks.patch": "PATCH /api/workspaces/:slug/webhooks/:id/",
  "webhooks.delete": "DELETE /api/workspaces/:slug/webhooks/:id/",
  "webhooks.regenerate": "POST /api/workspaces/:slug/webhooks/:id/regenerate/",

  "workspace.people": "GET /api/v1/workspaces/:slug/members/",
  "projects.list": "GET /api/v1/workspaces/:slug/projects/",
  "projects.create": "POST /api/v1/workspaces/:slug/projects/",
  "projects.patch": "PATCH /api/v1/workspaces/:slug/projects/:project/",
  "projects.delete": "DELETE /api/v1/workspaces/:slug/projects/:project/",
  "projects.unarchive": "DELETE /api/v1/workspaces/:slug/projects/:project/archive/",
  "projects.patchNetwork": "PATCH /api/workspaces/:slug/projects/:project/",
  "projectMembers.list": "GET /api/workspaces/:slug/projects/:project/members/",
  "projectMembers.add": "POST /api/workspaces/:slug/projects/:project/members/",
  "projectMembers.people": "GET /api/v1/workspaces/:slug/projects/:project/members/",
  "projectMembers.join": "POST /api/v1/workspaces/:slug/projects/:project/members/",
  "projectMembers.patch": "PATCH /api/v1/workspaces/:slug/projects/:project/members/:id/",
  "projectMembers.delete": "DELETE /api/v1/workspaces/:slug/projects/:project/members/:id/",
  "labels.list": "GET /api/v1/workspaces/:slug/projects/:project/labels/",
  "labels.create": "POST /api/v1/workspaces/:slug/projects/:project/labels/",
  "labels.patch": "PATCH /api/v1/workspaces/:slug/projects/:project/labels/:id/",
  "labels.delete": "DELETE /api/v1/workspaces/:slug/projects/:project/labels/:id/",
  "states.list": "GET /api/v1/workspaces/:slug/projects/:project/states/",
  "states.create": "POST /api/v1/workspaces/:slug/projects/:project/states/",
  "states.patch": "PATCH /api/v1/workspaces/:slug/projects/:project/states/:id/",
  "states.delete": "DELETE /api/v1/workspaces/:slug/projects/:project/states/:id/",
  "states.markDefault": "POST /api/workspaces/:slug/projects/:project/states/:id/mark-default/",
  "workItems.list": "GET /api/v1/workspaces/:slug/projects/:project/work-items/",
  "workItems.create": "POST /api/v1/workspaces/:slug/projects/:project/work-items/",
  "workItems.get": "GET /api/v1/workspaces/:slug/projects/:project/work-items/:id/",
  "workItems.getByKey": "GET /api/v1/workspaces/:slug/work-items/:identifier-:number/",
  "workItems.patch": "PATCH /api/v1/workspaces/:slug/projects/:project/work-items/:id/",
  "workItems.delete": "DELETE /api/v1/workspaces/:slug/projects/:project/work-items/:id/",
  "relations.list": "GET /api/v1/workspaces/:slug/projects/:project/work-items/:id/relations/",
  "relations.create": "POST /api/v1/workspaces/:slug/projects/:project/work-items/:id/relations/",
  "comments.list": "GET /api/v1/workspaces/:slug/projects/:project/work-items/:id/comments/",
  "comments.create": "POST /api/v1/workspaces/:slug/projects/:project/work-items/:id/comments/",
  "activities.list": "GET /api/v1/workspaces/:slug/projects/:project/work-items/:id/activities/",
  "attachments.list": "GET /api/v1/workspaces/:slug/projects/:project/work-items/:id/attachments/",
  "attachments.create": "POST /api/v1/workspaces/:slug/projects/:project/work-items/:id/attachments/",
  "attachments.confirm":
    "PATCH /api/v1/workspaces/:slug/projects/:project/work-items/:id/attachments/:attachment/",
} as const;

export type RouteName = keyof typeof ROUTES;

type Names<Path extends string> = Path extends `${string}:${infer Name}/${infer Rest}`
  ? (Name extends `${infer First}-:${infer Second}` ? First | Second : Name) | Names<`/${Rest}`>
  : never;

/** The parameters that a route's path names: `{ slug, project }`. */
export type RouteParams<Route extends RouteName> = { [Name in Names<(typeof ROUTES)[Route]>]: string };

/** How a caller shows who it is. */
export type Authentication = "none" | "form" | "admin-session" | "session" | "token";

export interface Resolved {
  method: "GET" | "POST" | "PATCH" | "DELETE";
  /** With parameters filled in and escaped. */
  path: string;
  authentication: Authentication;
}

/** Method, path and way of authentication of one call. */
export function resolve<Route extends RouteName>(route: Route, params: RouteParams<Route>): Resolved {
  const [method, template] = ROUTES[route].split(" ") as [Resolved["method"], string];
  const values = params as Record<string, string>;
  const path = template.replaceAll(/:(\w+)/g, (_, name: string) => encodeURIComponent(values[name] ?? ""));
  return { method, path, authentication: authenticationOf(ROUTES[route]) };
}

function authenticationOf(route: string): Authentication {
  if (route === ROUTES["instance.get"]) return "none";
  const [, path = ""] = route.split(" ");
  if (path.startsWith("/api/v1/")) return "token";
  if (/^\/(auth|api\/instances\/admins)\/sign-(in|up)\/$/.test(path)) return "form";
  return path.startsWith("/api/instances/") ? "admin-session" : "session";
}
