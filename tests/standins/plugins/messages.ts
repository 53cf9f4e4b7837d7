/** The messages of `pulumirpc.ResourceProvider` and `pulumirpc.Engine`, reduced to the fields used here. */

const failure = { property: [1, "string"], reason: [2, "string"] } as const;

export const empty = {} as const;

export const pluginInfo = { version: [1, "string"] } as const;

export const configureRequest = { args: [2, "struct"] } as const;
export const configureResponse = { acceptSecrets: [1, "bool"], supportsPreview: [2, "bool"] } as const;

export const checkRequest = { urn: [1, "string"], olds: [2, "struct"], news: [3, "struct"] } as const;
export const checkResponse = { inputs: [1, "struct"], failures: [2, { repeated: failure }] } as const;

export const diffRequest = {
  id: [1, "string"],
  urn: [2, "string"],
  olds: [3, "struct"],
  news: [4, "struct"],
  ignoreChanges: [5, "strings"],
  oldInputs: [6, "struct"],
} as const;
export const diffResponse = {
  replaces: [1, "strings"],
  changes: [4, "number"],
  diffs: [5, "strings"],
  detailedDiff: [6, { map: { kind: [1, "number"] } }],
  hasDetailedDiff: [7, "bool"],
} as const;

export const createRequest = { urn: [1, "string"], properties: [2, "struct"], preview: [4, "bool"] } as const;
export const createResponse = { id: [1, "string"], properties: [2, "struct"] } as const;

export const readRequest = {
  id: [1, "string"],
  urn: [2, "string"],
  properties: [3, "struct"],
  inputs: [4, "struct"],
} as const;
export const readResponse = { id: [1, "string"], properties: [2, "struct"], inputs: [3, "struct"] } as const;

export const updateRequest = {
  id: [1, "string"],
  urn: [2, "string"],
  olds: [3, "struct"],
  news: [4, "struct"],
  preview: [7, "bool"],
} as const;
export const updateResponse = { properties: [1, "struct"] } as const;

export const deleteRequest = { id: [1, "string"], urn: [2, "string"], properties: [3, "struct"] } as const;

export const invokeRequest = { tok: [1, "string"], args: [2, "struct"] } as const;
export const invokeResponse = { return: [1, "struct"], failures: [2, { repeated: failure }] } as const;

export const resourceInitFailed = {
  id: [1, "string"],
  properties: [2, "struct"],
  reasons: [3, "strings"],
} as const;

/** google.rpc.Status with its details, each a google.protobuf.Any. */
export const status = {
  code: [1, "number"],
  message: [2, "string"],
  details: [3, { repeated: { typeUrl: [1, "string"], value: [2, "bytes"] } }],
} as const;

export const logRequest = {
  severity: [1, "number"],
  message: [2, "string"],
  urn: [3, "string"],
  ephemeral: [5, "bool"],
} as const;
