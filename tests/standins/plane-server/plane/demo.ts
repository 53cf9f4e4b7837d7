import { insert, one, type Queryable } from "../database.ts";
import { addDefaultStates, addProjectMember, createProject } from "./projects.ts";
import { createUser } from "./users.ts";

/**
 * What a workspace made by a person gets: a bot as second admin and a project to look at. Plane's worker does it
 * a moment later and adds more work items, a cycle, a module and pages.
 */
export async function seedWorkspace(database: Queryable, workspace: string): Promise<void> {
  const bot = await createUser(database, {
    email: `bot_user_${workspace}@plane.so`,
    password: "",
    first_name: "Plane",
    last_name: "",
    display_name: "Plane",
    is_bot: true,
    bot_type: "WORKSPACE_SEED",
  });
  await insert(database, "workspace_members", {
    workspace_id: workspace,
    member_id: bot.id,
    role: 20,
    company_role: "",
  });
  const { name, owner_id: owner } = (await one<{ name: string; owner_id: string }>(
    database,
    "SELECT name, owner_id FROM workspaces WHERE id = $1",
    [workspace],
  )) as { name: string; owner_id: string };
  const project = await createProject(
    database,
    {
      name,
      identifier: name
        .replace(/[^A-Za-z0-9]/g, "")
        .slice(0, 5)
        .toUpperCase(),
      cycle_view: true,
      module_view: true,
      issue_views_view: true,
      logo_props: JSON.stringify({
        emoji: {
          url: "https://cdn.jsdelivr.net/npm/emoji-datasource-apple/img/apple/64/1f447.png",
          value: "128071",
        },
        in_use: "emoji",
      }),
    },
    workspace,
    bot.id,
  );
  for (const member of [bot.id, owner]) {
    await addProjectMember(database, { workspace, project: project.id, member, role: 20, by: bot.id });
  }
  await addDefaultStates(database, project.id, workspace, bot.id);
  await database.query(
    `INSERT INTO labels (name, color, sort_order, project_id, workspace_id, created_by_id)
     VALUES ('admin', '#0693e3', 65535, $1, $2, $3), ('concepts', '#9900ef', 75535, $1, $2, $3)`,
    [project.id, workspace, bot.id],
  );
  await database.query(
    `INSERT INTO issues (name, sequence_id, sort_order, state_id, project_id, workspace_id, created_by_id)
     SELECT item.name, item.position, 55535 + 10000 * item.position, s.id, $1, $2, $3
     FROM unnest(ARRAY['Welcome to Plane 👋', 'Create and assign work items', 'Invite your team'])
       WITH ORDINALITY AS item (name, position)
     JOIN states s ON s.project_id = $1 AND s.name = 'Todo'`,
    [project.id, workspace, bot.id],
  );
  await insert(database, "issue_sequences", { project_id: project.id, last: 3 });
}
