import * as grpc from "@grpc/grpc-js";
import pluginproto from "@pulumi/pulumi/proto/plugin_pb.js";
import provrpc from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import provproto from "@pulumi/pulumi/proto/provider_pb.js";
import statusproto from "@pulumi/pulumi/proto/status_pb.js";
import anyproto from "google-protobuf/google/protobuf/any_pb.js";
import emptyproto from "google-protobuf/google/protobuf/empty_pb.js";
import structproto from "google-protobuf/google/protobuf/struct_pb.js";
import { connectEngineLog } from "./engine-log.ts";
import { type Change, MadeButFailed, type Plugin, type ResourceHandler, type Target } from "./plugin.ts";
import { type CheckFailure, checkConfig, checkFunction, checkResource } from "./schema.ts";
import { compact, type Properties, sameValue, UNKNOWN } from "./values.ts";

type Struct = InstanceType<typeof structproto.Struct>;

const SECRET_SIGNATURE = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270" };

/**
 * Serves a plugin to the engine that started this process: prints the port it listens on and answers until
 * the engine ends it. The server takes and gives secrets in clear (`acceptSecrets: false`), because the
 * engine then marks every output whose input was secret by itself.
 */
export async function serve(plugin: Plugin, engineAddress: string | undefined): Promise<void> {
  connectEngineLog(engineAddress);
  const server = new grpc.Server({
    "grpc.max_receive_message_length": -1,
    "grpc.max_send_message_length": -1,
  });
  server.addService(provrpc.ResourceProviderService, methods(plugin));
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  process.stdout.write(`${port}\n`);
  endWithParent();
}

/** An engine killed with SIGKILL leaves its plugins behind: what is under way is finished, then we leave too. */
function endWithParent(): void {
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent && underWay === 0) process.exit(0);
  }, 1000).unref();
}

let underWay = 0;

// The generated request classes differ by method only in their getters; each method reads what it declares.
type Request = any;

function methods(plugin: Plugin): grpc.UntypedServiceImplementation {
  const answers: Record<string, (request: Request) => Promise<unknown>> = {
    getPluginInfo: async () => {
      const info = new pluginproto.PluginInfo();
      info.setVersion(plugin.version);
      return info;
    },
    checkConfig: async (request) => {
      const news = toProperties(request.getNews());
      const { version: _version, pluginDownloadURL: _url, ...config } = news;
      return checkResponse(news, checkConfig(plugin.schema, config).failures);
    },
    diffConfig: async (request) => {
      const changed = !sameValue(toProperties(request.getOlds()), toProperties(request.getNews()));
      return changesResponse(changed);
    },
    configure: async (request) => {
      const { version: _version, pluginDownloadURL: _url, ...config } = toProperties(request.getArgs());
      const checked = checkConfig(plugin.schema, config);
      if (checked.failures.length > 0) throw new Error(checked.failures.map((f) => f.reason).join("; "));
      await plugin.configure?.(checked.inputs);
      const response = new provproto.ConfigureResponse();
      response.setSupportspreview(true);
      return response;
    },
    check: async (request) => {
      const [token, handler] = resource(plugin, request.getUrn());
      const olds = toProperties(request.getOlds());
      const { inputs, failures } = checkResource(plugin.schema, token, toProperties(request.getNews()));
      if (failures.length === 0) failures.push(...(handler.check?.(inputs, olds, target(request)) ?? []));
      return checkResponse(inputs, failures);
    },
    diff: async (request) => {
      const [, handler] = resource(plugin, request.getUrn());
      const ignored = new Set<string>(request.getIgnorechangesList());
      const state = toProperties(request.getOlds());
      const changes = handler
        .diff(state, toProperties(request.getOldInputs()), toProperties(request.getNews()))
        .filter((change) => !ignored.has(change.property));
      return diffResponse(changes);
    },
    create: async (request) => {
      const [token, handler] = resource(plugin, request.getUrn());
      const inputs = toProperties(request.getProperties());
      const response = new provproto.CreateResponse();
      if (request.getPreview()) {
        response.setProperties(toStruct(previewOutputs(plugin, token, inputs)));
        return response;
      }
      const saved = await handler.create(inputs, target(request));
      response.setId(saved.id);
      response.setProperties(toStruct(withSecrets(plugin, token, saved.outputs)));
      return response;
    },
    read: async (request) => {
      const [token, handler] = resource(plugin, request.getUrn());
      const state = toProperties(request.getProperties());
      const inputs = toProperties(request.getInputs());
      const id: string = request.getId();
      const response = new provproto.ReadResponse();
      const found = handler.read ? await handler.read(id, inputs, state) : { id, outputs: state };
      if (!found) return response;
      response.setId(found.id);
      response.setProperties(toStruct(withSecrets(plugin, token, found.outputs)));
      response.setInputs(toStruct(inputsSeen(inputs, state, found.outputs)));
      return response;
    },
    update: async (request) => {
      const [token, handler] = resource(plugin, request.getUrn());
      const state = toProperties(request.getOlds());
      const inputs = toProperties(request.getNews());
      const response = new provproto.UpdateResponse();
      if (request.getPreview()) {
        const known = { ...previewOutputs(plugin, token, inputs), ...withoutInputs(plugin, token, state) };
        for (const output of handler.madeAnewByUpdate ?? []) known[output] = UNKNOWN;
        response.setProperties(toStruct(withSecrets(plugin, token, known)));
        return response;
      }
      if (!handler.update) throw new Error(`${token} cannot be changed in place`);
      const outputs = await handler.update(request.getId(), state, inputs, target(request));
      response.setProperties(toStruct(withSecrets(plugin, token, outputs)));
      return response;
    },
    delete: async (request) => {
      const [, handler] = resource(plugin, request.getUrn());
      await handler.delete(request.getId(), toProperties(request.getProperties()), target(request));
      return new emptyproto.Empty();
    },
    invoke: async (request) => {
      const token: string = request.getTok();
      const handler = plugin.functions[token];
      if (!handler)
        throw new Error(`the stand-in for ${plugin.schema.name} does not do the function "${token}"`);
      const { inputs, failures } = checkFunction(plugin.schema, token, toProperties(request.getArgs()));
      const response = new provproto.InvokeResponse();
      if (failures.length > 0) response.setFailuresList(failures.map(toFailure));
      else response.setReturn(toStruct(await handler(inputs)));
      return response;
    },
    cancel: async () => new emptyproto.Empty(),
  };
  const service: grpc.UntypedServiceImplementation = {};
  for (const [name, answer] of Object.entries(answers)) {
    const handle: grpc.handleUnaryCall<Request, unknown> = (call, callback) => {
      underWay += 1;
      answer(call.request)
        .then(
          (value) => callback(null, value),
          (error) => callback(toStatus(error)),
        )
        .finally(() => {
          underWay -= 1;
        });
    };
    service[name] = handle;
  }
  return service;
}

function resource(plugin: Plugin, urn: string): [string, ResourceHandler] {
  const token = urn.split("::")[2]?.split("$").at(-1) ?? "";
  const handler = plugin.resources[token];
  if (!handler)
    throw new Error(`the stand-in for ${plugin.schema.name} does not do the resource type "${token}"`);
  return [token, handler];
}

function target(request: Request): Target {
  const urn: string = request.getUrn();
  return { urn, name: urn.split("::").slice(3).join("::") };
}

/** What a preview can say of a resource that is not made yet. */
function previewOutputs(plugin: Plugin, token: string, inputs: Properties): Properties {
  const outputs: Properties = { ...inputs };
  for (const property of plugin.schema.resources[token]?.required ?? []) outputs[property] ??= UNKNOWN;
  return withSecrets(plugin, token, outputs);
}

function withoutInputs(plugin: Plugin, token: string, state: Properties): Properties {
  const inputs = plugin.schema.resources[token]?.inputProperties ?? {};
  const required = plugin.schema.resources[token]?.required ?? [];
  return Object.fromEntries(
    Object.entries(state).filter(([key]) => !(key in inputs) || required.includes(key)),
  );
}

/** After a refresh an input says what was found, where that is not what was asked for. */
function inputsSeen(inputs: Properties, before: Properties, now: Properties): Properties {
  const seen: Properties = { ...inputs };
  for (const key of Object.keys(inputs)) {
    if (now[key] !== undefined && before[key] !== undefined && !sameValue(before[key], now[key])) {
      seen[key] = now[key];
    }
  }
  return seen;
}

function withSecrets(plugin: Plugin, token: string, outputs: Properties): Properties {
  const marked: Properties = { ...outputs };
  for (const [property, spec] of Object.entries(plugin.schema.resources[token]?.properties ?? {})) {
    const value = marked[property];
    if (spec.secret && value !== undefined && value !== UNKNOWN)
      marked[property] = { ...SECRET_SIGNATURE, value };
  }
  return marked;
}

function toProperties(struct: Struct | undefined): Properties {
  return struct ? (struct.toJavaScript() as Properties) : {};
}

function toStruct(properties: Properties): Struct {
  return structproto.Struct.fromJavaScript(
    compact(properties) as Record<string, structproto.JavaScriptValue>,
  );
}

function checkResponse(inputs: Properties, failures: CheckFailure[]): unknown {
  const response = new provproto.CheckResponse();
  response.setInputs(toStruct(inputs));
  response.setFailuresList(failures.map(toFailure));
  return response;
}

function toFailure(failure: CheckFailure): InstanceType<typeof provproto.CheckFailure> {
  const message = new provproto.CheckFailure();
  message.setProperty(failure.property);
  message.setReason(failure.reason);
  return message;
}

function changesResponse(changed: boolean): InstanceType<typeof provproto.DiffResponse> {
  const { DIFF_SOME, DIFF_NONE } = provproto.DiffResponse.DiffChanges;
  const response = new provproto.DiffResponse();
  response.setChanges(changed ? DIFF_SOME : DIFF_NONE);
  return response;
}

function diffResponse(changes: Change[]): unknown {
  const { Kind } = provproto.PropertyDiff;
  const kinds = {
    add: [Kind.ADD, Kind.ADD_REPLACE],
    update: [Kind.UPDATE, Kind.UPDATE_REPLACE],
    delete: [Kind.DELETE, Kind.DELETE_REPLACE],
  } as const;
  const response = changesResponse(changes.length > 0);
  response.setDiffsList(changes.map((change) => change.property));
  response.setReplacesList(changes.filter((change) => change.replace).map((change) => change.property));
  response.setHasdetaileddiff(true);
  for (const change of changes) {
    const detail = new provproto.PropertyDiff();
    detail.setKind(kinds[change.kind][change.replace ? 1 : 0]);
    response.getDetaileddiffMap().set(change.property, detail);
  }
  return response;
}

/** The message alone reaches the user: a stack says nothing about what he asked for. */
function toStatus(error: unknown): Partial<grpc.StatusObject> {
  const details = error instanceof Error ? error.message : String(error);
  const metadata = new grpc.Metadata();
  if (error instanceof MadeButFailed) {
    const detail = new provproto.ErrorResourceInitFailed();
    detail.setId(error.id);
    detail.setProperties(toStruct(error.outputs));
    detail.setReasonsList([details]);
    const packed = new anyproto.Any();
    packed.pack(detail.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
    metadata.set("grpc-status-details-bin", Buffer.from(statusMessage(grpc.status.UNKNOWN, details, packed)));
  }
  return { code: grpc.status.UNKNOWN, details, metadata };
}

/** google.rpc.Status, the form in which gRPC carries an error's details: code, message, details. */
function statusMessage(code: number, message: string, detail: InstanceType<typeof anyproto.Any>): Uint8Array {
  const status = new statusproto.Status();
  status.setCode(code);
  status.setMessage(message);
  status.addDetails(detail);
  return status.serializeBinary();
}
