import type { Credential } from "./n8n/workflow.ts";
import type { Settings } from "./workspace/settings.ts";

/** What the workflows need to know of where they run; ids are n8n's, and nothing here is secret. */
export interface FlowArgs {
  credentials: {
    /** What Plane signs its deliveries with. */
    webhook: Credential;
    bot: Credential;
    /** n8n's account in Plane. */
    plane: Credential;
    redis: Credential;
    /** Between these workflows. */
    internal: Credential;
    /** What Telegram says with each update that it delivers. */
    telegramSecret: Credential;
  };
  tables: Record<TableName, string>;
  /** Chat that gets the messages. */
  chat: string;
  /** Chats that may ask with `/plane`; ids, groups with a minus before them. */
  commandChats: readonly string[];
  /** Dollars a month, for the digest; absent: no budget is kept. */
  budget?: number;
  /** Chat that is told when something fails here. */
  alertChat: string;
  /** Base of Plane's API: `http://plane-api:8000/api/v1/workspaces/javisi/`. */
  planeApi: string;
  /** Absent without a gateway. */
  bridge?: {
    /** Base of the bridge's routes: `http://openclaw:18789/plane-bridge/`. */
    url: string;
    /** What is told to it is signed with. */
    secret: Credential;
  };
  /** Where n8n reaches its own webhooks: `http://127.0.0.1:5678/webhook/`. */
  itself: string;
  /** Whether a proxy in front of n8n limits strangers already; else the workflow does (NOTIF-02). */
  edgeLimit: boolean;
  settings: Settings;
}

export type TableName = "inbox" | "items" | "marks" | "outbox";
