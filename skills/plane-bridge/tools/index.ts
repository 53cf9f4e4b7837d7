import { addComment } from "./addComment.ts";
import { budget } from "./budget.ts";
import { createProject } from "./createProject.ts";
import { createTask } from "./createTask.ts";
import { getTaskDetails } from "./getTaskDetails.ts";
import { listMyTasks } from "./listMyTasks.ts";
import { plan } from "./plan.ts";
import { setFields } from "./setFields.ts";
import { startTimer, stopTimerTool } from "./timers.ts";
import type { Tool } from "./tool.ts";
import { updateTaskStatus } from "./updateTaskStatus.ts";
import { uploadDeliverable } from "./uploadDeliverable.ts";

/** All tools, in the order in which an agent meets them. */
export const TOOLS: readonly Tool[] = [
  listMyTasks,
  getTaskDetails,
  updateTaskStatus,
  addComment,
  startTimer,
  stopTimerTool,
  uploadDeliverable,
  setFields,
  budget,
  createTask,
  createProject,
  plan,
];
