import { type Answers, listOf, type Reading, together } from "./answers.ts";
import { TASK_QUERY, type Task, taskOf } from "./task.ts";

/** A project of the workspace. */
export interface Project {
  id: string;
  name: string;
  /** First part of the keys of its tasks: `ONB`. */
  identifier: string;
}

/** The projects that the account may read and that are not archived. */
export function projectsOf(answers: Answers): Reading<Project[]> {
  const reading = listOf(answers, "projects/", { fields: "id,name,identifier,is_member,archived_at" });
  if (!("value" in reading)) return reading;
  return {
    value: reading.value
      // In the list, not in the project: Plane names what it then refuses to show (contracts/plane, network 2).
      .filter((project) => project["is_member"] === true && project["archived_at"] === null)
      .map(({ id, name, identifier }) => ({
        id: String(id),
        name: String(name),
        identifier: String(identifier),
      })),
  };
}

/** All tasks of a project. */
export function tasksOf(answers: Answers, project: Project): Reading<Task[]> {
  const reading = listOf(answers, `projects/${project.id}/work-items/`, TASK_QUERY);
  return "value" in reading ? { value: reading.value.map((item) => taskOf(project, item)) } : reading;
}

/** All tasks of the workspace: one request for each project, all at once. */
export function allTasks(answers: Answers): Reading<Task[]> {
  const projects = projectsOf(answers);
  if (!("value" in projects)) return projects;
  const lists = together(projects.value.map((project) => tasksOf(answers, project)));
  return "value" in lists ? { value: lists.value.flat() } : lists;
}
