import { z } from "zod";
import { projectIdentifierProblem, projectNameProblem } from "../../../plane/rules.ts";
import { makeProject } from "../core/newProject.ts";
import { tool } from "./tool.ts";

const ruled = (rule: (value: string) => string | undefined) =>
  z.string().superRefine((value, context) => {
    const problem = rule(value);
    if (problem !== undefined) context.addIssue({ code: "custom", message: problem });
  });

export const projectInput = {
  name: ruled(projectNameProblem),
  identifier: ruled(projectIdentifierProblem)
    .optional()
    .describe(
      "Prefix of its tasks' ids, up to 12 capital letters and digits; made of the name when left out",
    ),
};

export const createProject = tool({
  name: "plane_create_project",
  title: "Create a project",
  description:
    "Creates a project with the platform's states, labels and members. The same name again is the same project, completed where something is missing.",
  input: z.strictObject(projectInput),
  callers: "concierge",
  readOnly: false,
  idempotent: true,
  example: { name: "Page de statut", identifier: "STATUT" },
  async run(desk, wish) {
    const project = await makeProject(desk, wish);
    const { publicUrl, workspace } = desk.bridge.config;
    const url = `${publicUrl}/${workspace}/projects/${project.id}/issues/`;
    return {
      text: `Project ${project.identifier} is ready: ${url}`,
      data: { id: project.id, identifier: project.identifier, name: project.name, url },
    };
  },
});
