import { type Answer, type Context, plainJson, type Request, type Route } from "./exchange.ts";
import { estimates } from "./routes/app/estimates.ts";
import { invitation, invitations, join, myInvitations } from "./routes/app/invitations.ts";
import { issueTypes } from "./routes/app/issue-types.ts";
import { issue, removeRelation } from "./routes/app/issues.ts";
import { workspaceLabels } from "./routes/app/labels.ts";
import { member, members } from "./routes/app/members.ts";
import { projectMembers as appProjectMembers } from "./routes/app/project-members.ts";
import { project, projects } from "./routes/app/projects.ts";
import { markDefault } from "./routes/app/states.ts";
import { token, tokens } from "./routes/app/tokens.ts";
import { me, onboard, profile } from "./routes/app/users.ts";
import { regenerate, webhook, webhooks } from "./routes/app/webhooks.ts";
import { myWorkspaces, slugCheck, workspace, workspaces } from "./routes/app/workspaces.ts";
import { signIn, signOut, signUp } from "./routes/auth/forms.ts";
import { changePassword, csrfToken, emailCheck } from "./routes/auth/json.ts";
import { health } from "./routes/health.ts";
import { adminMe, adminSignIn, adminSignOut, adminSignUp, admins } from "./routes/instances/admins.ts";
import { configurations, instance } from "./routes/instances/instance.ts";
import { instanceSlugCheck, instanceWorkspaces } from "./routes/instances/workspaces.ts";
import { activities, activity } from "./routes/v1/activities.ts";
import { attachment, attachments } from "./routes/v1/attachments.ts";
import { comment, comments } from "./routes/v1/comments.ts";
import { keyInvitation, keyInvitations } from "./routes/v1/invitations.ts";
import { label, labels } from "./routes/v1/labels.ts";
import { projectMember, projectMembers, workspaceMembers } from "./routes/v1/members.ts";
import { archiveProject, keyProject, keyProjects } from "./routes/v1/projects.ts";
import { relations } from "./routes/v1/relations.ts";
import { state, states } from "./routes/v1/states.ts";
import { tokenUser } from "./routes/v1/users.ts";
import { workItem, workItemByKey, workItemSearch, workItems } from "./routes/v1/work-items.ts";

const ROUTES: Route[] = [
  health,
  workItems,
  workItem,
  relations,
  comments,
  comment,
  activities,
  activity,
  attachments,
  attachment,
  labels,
  label,
  states,
  state,
  projectMembers,
  projectMember,
  keyProjects,
  keyProject,
  archiveProject,
  workspaceMembers,
  keyInvitations,
  keyInvitation,
  workItemSearch,
  workItemByKey,
  tokenUser,
  me,
  profile,
  onboard,
  tokens,
  token,
  myInvitations,
  myWorkspaces,
  slugCheck,
  workspaces,
  workspace,
  members,
  member,
  invitations,
  invitation,
  join,
  projects,
  project,
  appProjectMembers,
  markDefault,
  workspaceLabels,
  estimates,
  issue,
  removeRelation,
  issueTypes,
  webhooks,
  webhook,
  regenerate,
  signIn,
  signUp,
  signOut,
  csrfToken,
  emailCheck,
  changePassword,
  adminSignUp,
  adminSignIn,
  adminSignOut,
  adminMe,
  admins,
  instance,
  configurations,
  instanceWorkspaces,
  instanceSlugCheck,
];

/** Finds and runs the route; unknown paths and missing slashes as Plane answers them. */
export async function answer(request: Request, context: Context): Promise<Answer> {
  if (!isAllowedHost(request.headers.host ?? "", context.settings.allowedHosts)) {
    return {
      status: 400,
      headers: { "content-type": "text/html; charset=utf-8", vary: "" },
      body: "<h1>Bad Request (400)</h1>",
    };
  }
  const found = find(request.path);
  if (found === undefined) {
    if (find(`${request.path}/`) !== undefined) {
      const query = request.query.size === 0 ? "" : `?${request.query}`;
      return {
        status: 301,
        headers: { "content-type": "text/html; charset=utf-8", location: `${request.path}/${query}` },
      };
    }
    return plainJson(404, { error: "Page not found." });
  }
  request.params = found.params;
  return found.route.answer(request, context);
}

function find(path: string): { route: Route; params: Record<string, string> } | undefined {
  for (const route of ROUTES) {
    const match = route.path.exec(path);
    if (match !== null) return { route, params: { ...match.groups } };
  }
  return undefined;
}

/** Django's ALLOWED_HOSTS: `*`, a name, or `.name` for it and all below it; ports do not matter. */
function isAllowedHost(host: string, allowed: readonly string[]): boolean {
  const name = host.replace(/:\d+$/, "").toLowerCase();
  return allowed
    .map((pattern) => pattern.trim().toLowerCase())
    .some((p) => p === "*" || p === name || (p.startsWith(".") && (name.endsWith(p) || name === p.slice(1))));
}
