import type { Credential, Node, Step } from "./workflow.ts";

type Handling = Pick<Node, "onError" | "alwaysOutputData" | "executeOnce">;

function step(
  name: string,
  type: string,
  typeVersion: number,
  parameters: Record<string, unknown>,
  more: Handling & Pick<Node, "credentials"> = {},
): Step {
  return { name, type: `n8n-nodes-base.${type}`, typeVersion, parameters, ...more };
}

/** Listens at `/webhook/<path>`, and keeps the bytes as they came, for signatures. */
export function rawWebhook(name: string, path: string): Step {
  return step(name, "webhook", 2.1, {
    httpMethod: "POST",
    path,
    responseMode: "responseNode",
    options: { rawBody: true },
  });
}

/** Listens at `/webhook/<path>` to who knows a header; answers with all items of the last node. */
export function guardedWebhook(name: string, path: string, header: Credential): Step {
  return step(
    name,
    "webhook",
    2.1,
    {
      ...{ httpMethod: "POST", path, authentication: "headerAuth" },
      ...{ responseMode: "lastNode", responseData: "allEntries", options: {} },
    },
    { credentials: { httpHeaderAuth: header } },
  );
}

/** As {@link guardedWebhook}, but answers 200 as soon as it has taken what came. */
export function promptWebhook(name: string, path: string, header: Credential): Step {
  return step(
    name,
    "webhook",
    2.1,
    { httpMethod: "POST", path, authentication: "headerAuth", responseMode: "onReceived", options: {} },
    { credentials: { httpHeaderAuth: header } },
  );
}

export function respond(name: string, status: number, body: object): Step {
  return step(name, "respondToWebhook", 1.5, {
    respondWith: "json",
    responseBody: JSON.stringify(body),
    options: { responseCode: status },
  });
}

/** HMAC-SHA256 of the bytes that came, as hex; a credential that is missing goes to the second output. */
export function hmacOfBytes(name: string, credential: Credential, into: string): Step {
  const parameters = { action: "hmac", binaryData: true, binaryPropertyName: "data" };
  return step(
    name,
    "crypto",
    2,
    { ...parameters, type: "SHA256", encoding: "hex", dataPropertyName: into },
    { credentials: { crypto: credential }, onError: "continueErrorOutput" },
  );
}

/** HMAC-SHA256 of a text, as hex. */
export function hmacOf(name: string, credential: Credential, value: string, into: string): Step {
  const parameters = { action: "hmac", binaryData: false, value, type: "SHA256", encoding: "hex" };
  return step(
    name,
    "crypto",
    2,
    { ...parameters, dataPropertyName: into },
    { credentials: { crypto: credential } },
  );
}

/** SHA-256 of a text, as hex. */
export function hashOf(name: string, value: string, into: string): Step {
  const parameters = { action: "hash", binaryData: false, value, type: "SHA256", encoding: "hex" };
  return step(name, "crypto", 2, { ...parameters, dataPropertyName: into });
}

/** To the first output where the expression is true, else to the second. */
export function when(name: string, expression: string): Step {
  const condition = {
    id: "condition",
    leftValue: `={{ ${expression} }}`,
    rightValue: true,
    operator: { type: "boolean", operation: "true", singleValue: true },
  };
  return step(name, "if", 2.3, {
    conditions: {
      options: { caseSensitive: true, leftValue: "", typeValidation: "strict", version: 3 },
      conditions: [condition],
      combinator: "and",
    },
    options: {},
  });
}

/** One item for each entry of a list, with all else that its item has. */
export function splitOut(name: string, field: string): Step {
  return step(name, "splitOut", 1, { fieldToSplitOut: field, include: "allOtherFields", options: {} });
}

/** One item for each entry of a list: the entry itself. */
export function splitOutAlone(name: string, field: string): Step {
  return step(name, "splitOut", 1, { fieldToSplitOut: field, include: "noOtherFields", options: {} });
}

/** An object as the item: far quicker than a Code node, which asks another process. */
export function jsonOf(name: string, expression: string): Step {
  return jsonText(name, `={{ JSON.stringify(${expression}) }}`);
}

/** The object that a text of JSON says, as the item. */
export function jsonText(name: string, jsonOutput: string): Step {
  return step(name, "set", 3.4, { mode: "raw", jsonOutput, options: {} });
}

/** What a filter of a table compares: column, the value as an expression, and how (`eq` unless it says otherwise). */
export type Match = [column: string, value: string, condition?: "eq" | "lte" | "isTrue" | "isNotEmpty"];

const TABLE = "dataTable";
const row = (table: string, operation: string) => ({
  resource: "row",
  operation,
  dataTableId: { __rl: true, mode: "id", value: table },
});
const filters = (matches: Match[]) => ({
  matchType: "allConditions",
  filters: {
    conditions: matches.map(([keyName, keyValue, condition = "eq"]) => ({ keyName, condition, keyValue })),
  },
});
/** Columns as expressions. */
const columns = (values: Record<string, string>) => ({
  columns: { mappingMode: "defineBelow", value: values },
});
/** The columns are the item's own. */
const ITSELF = { columns: { mappingMode: "autoMapInputData", value: null } };

export function insertRow(name: string, table: string, values: Record<string, string>): Step {
  return step(name, TABLE, 1.1, { ...row(table, "insert"), ...columns(values), options: {} });
}

/** Each item is a row. */
export function insertRows(name: string, table: string): Step {
  return step(name, TABLE, 1.1, { ...row(table, "insert"), ...ITSELF, options: {} });
}

export function updateRow(name: string, table: string, match: Match[], values: Record<string, string>): Step {
  return step(
    name,
    TABLE,
    1.1,
    { ...row(table, "update"), ...filters(match), ...columns(values), options: {} },
    { alwaysOutputData: true },
  );
}

/** Each item is the columns to write. */
export function upsertRows(name: string, table: string, match: Match[]): Step {
  return step(
    name,
    TABLE,
    1.1,
    { ...row(table, "upsert"), ...filters(match), ...ITSELF, options: {} },
    { alwaysOutputData: true },
  );
}

export function deleteRows(name: string, table: string, match: Match[]): Step {
  return step(
    name,
    TABLE,
    1.1,
    { ...row(table, "deleteRows"), ...filters(match), options: {} },
    { alwaysOutputData: true, executeOnce: true },
  );
}

/** The oldest rows that match, or one empty item. */
export function getRows(
  name: string,
  table: string,
  match: Match[],
  limit: number,
  { executeOnce = true } = {},
): Step {
  const order = { orderBy: true, orderByColumn: "id", orderByDirection: "ASC" };
  return step(
    name,
    TABLE,
    1.1,
    { ...row(table, "get"), ...filters(match), returnAll: false, limit, ...order },
    { alwaysOutputData: true, executeOnce },
  );
}

/** Every so many seconds or minutes, less than 60 of either. */
export function schedule(name: string, every: { seconds: number } | { minutes: number }): Step {
  const interval =
    "seconds" in every
      ? { field: "seconds", secondsInterval: every.seconds }
      : { field: "minutes", minutesInterval: every.minutes };
  return step(name, "scheduleTrigger", 1.3, { rule: { interval: [interval] } });
}

/** At a time of the day, in the workflow's time zone. */
export function daily(name: string, hour: number): Step {
  const rule = { interval: [{ field: "cronExpression", expression: `0 ${hour} * * *` }] };
  return step(name, "scheduleTrigger", 1.3, { rule });
}

/** Called by another workflow, with its items. */
export function called(name: string): Step {
  return step(name, "executeWorkflowTrigger", 1.1, { inputSource: "passthrough" });
}

/** Calls another workflow, for each item by itself, and goes on when all have ended, well or not. */
export function call(name: string, workflow: string): Step {
  return step(
    name,
    "executeWorkflow",
    1.3,
    {
      workflowId: { __rl: true, mode: "id", value: workflow },
      workflowInputs: { mappingMode: "defineBelow", value: {} },
      mode: "each",
      options: { waitForSubWorkflow: true },
    },
    { alwaysOutputData: true, onError: "continueRegularOutput" },
  );
}

export interface Request {
  method: "GET" | "POST";
  /** An expression where it begins with `=`. */
  url: string;
  /** A header that a credential holds. */
  header?: Credential;
  headers?: Record<string, string>;
  /** Sent as it is, as JSON. */
  body?: string;
  /** Milliseconds. */
  timeout: number;
}

/** Each answer as `{statusCode, body}`, whatever it is; no answer as `{error}`. */
export function request(name: string, { method, url, header, headers, body, timeout }: Request): Step {
  const parameters = {
    ...{ method, url },
    ...(header && { authentication: "genericCredentialType", genericAuthType: "httpHeaderAuth" }),
    ...(headers && {
      sendHeaders: true,
      headerParameters: {
        parameters: Object.entries(headers).map(([key, value]) => ({ name: key, value })),
      },
    }),
    ...(body !== undefined && {
      sendBody: true,
      contentType: "raw",
      rawContentType: "application/json",
      body,
    }),
    options: { timeout, response: { response: { fullResponse: true, neverError: true } } },
  };
  return step(name, "httpRequest", 4.4, parameters, {
    ...(header && { credentials: { httpHeaderAuth: header } }),
    onError: "continueRegularOutput",
    alwaysOutputData: true,
  });
}

/** A message of Telegram's; an error is an item with `error`. */
export function telegram(name: string, bot: Credential, chat: string, text: string): Step {
  return step(
    name,
    "telegram",
    1.2,
    {
      ...{ resource: "message", operation: "sendMessage", chatId: chat, text },
      additionalFields: { appendAttribution: false, parse_mode: "HTML", disable_web_page_preview: true },
    },
    { credentials: { telegramApi: bot }, onError: "continueRegularOutput" },
  );
}

/** An answer to a message of Telegram's; an error ends the execution, and is told. */
export function telegramReply(
  name: string,
  bot: Credential,
  to: Record<"chat" | "message" | "thread", string>,
): Step {
  return step(
    name,
    "telegram",
    1.2,
    {
      ...{ resource: "message", operation: "sendMessage", chatId: to.chat, text: "={{ $json.texts }}" },
      additionalFields: {
        ...{ appendAttribution: false, parse_mode: "HTML", disable_web_page_preview: true },
        ...{ reply_to_message_id: to.message, message_thread_id: to.thread },
      },
    },
    { credentials: { telegramApi: bot } },
  );
}

/** Another text for a message that was sent. */
export function telegramEdit(
  name: string,
  bot: Credential,
  chat: string,
  message: string,
  text: string,
): Step {
  return step(
    name,
    "telegram",
    1.2,
    {
      ...{ resource: "message", operation: "editMessageText", messageType: "message" },
      ...{ chatId: chat, messageId: message, text },
      additionalFields: { parse_mode: "HTML", disable_web_page_preview: true },
    },
    { credentials: { telegramApi: bot }, onError: "continueRegularOutput" },
  );
}

/** Counts a key of Redis's up, and lets it go after so many seconds. */
export function redisCount(name: string, redis: Credential, key: string, seconds: string): Step {
  return step(
    name,
    "redis",
    1,
    { operation: "incr", key, expire: true, ttl: seconds },
    { credentials: { redis } },
  );
}

/** Ends the execution as failed, which is told. */
export function fail(name: string, message: string): Step {
  return step(name, "stopAndError", 1, { errorType: "errorMessage", errorMessage: message });
}

export function errorTrigger(name: string): Step {
  return step(name, "errorTrigger", 1, {});
}
