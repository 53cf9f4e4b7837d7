import type { FlowArgs } from "./args.ts";
import { catchUpWorkflow, lookWorkflow } from "./catchUp.ts";
import { claimWorkflow } from "./claim.ts";
import { commandsWorkflow } from "./commands.ts";
import { digestWorkflow } from "./digest.ts";
import { errorsWorkflow } from "./errors.ts";
import { liveWorkflow } from "./live.ts";
import type { Workflow } from "./n8n/workflow.ts";
import { notificationsWorkflow } from "./notifications.ts";
import { outboxWorkflow } from "./outbox.ts";
import { sendWorkflow } from "./send.ts";
import { tellWorkflow } from "./tell.ts";

/** Every workflow by the name that others call it by; one that calls others needs n8n's ids of those. */
export type FlowName =
  | "errors"
  | "claim"
  | "send"
  | "live"
  | "tell"
  | "notifications"
  | "outbox"
  | "look"
  | "catchUp"
  | "commands"
  | "digest";

/** Ids by name, as far as they are known. */
type Ids = Record<FlowName, string>;

/** How each is rendered, in an order in which those that are called come first. */
export const FLOWS: { name: FlowName; calls: FlowName[]; render: (args: FlowArgs, ids: Ids) => Workflow }[] =
  [
    { name: "errors", calls: [], render: errorsWorkflow },
    { name: "claim", calls: [], render: claimWorkflow },
    { name: "send", calls: ["errors"], render: (args, { errors }) => sendWorkflow(args, errors) },
    { name: "live", calls: ["errors"], render: (args, { errors }) => liveWorkflow(args, errors) },
    {
      name: "tell",
      calls: ["live", "errors"],
      render: (args, { live, errors }) => tellWorkflow(args, live, errors),
    },
    {
      name: "outbox",
      calls: ["tell", "send", "live", "errors"],
      render: (args, { tell, send, live, errors }) => outboxWorkflow(args, { tell, send, live }, errors),
    },
    {
      name: "look",
      calls: ["tell", "errors"],
      render: (args, { tell, errors }) => lookWorkflow(args, tell, errors),
    },
    {
      name: "catchUp",
      calls: ["look", "tell", "errors"],
      render: (args, { look, tell, errors }) => catchUpWorkflow(args, { look, tell }, errors),
    },
    { name: "commands", calls: ["errors"], render: (args, { errors }) => commandsWorkflow(args, errors) },
    // Last of those that always run: from here on Plane's deliveries are taken.
    {
      name: "notifications",
      calls: ["live", "errors"],
      render: (args, { live, errors }) => notificationsWorkflow(args, live, errors),
    },
    { name: "digest", calls: ["errors"], render: (args, { errors }) => digestWorkflow(args, errors) },
  ];
