import { connectEngineLog } from "./engine-log.ts";
import { CallFailed, listen, UNIMPLEMENTED, UNKNOWN_ERROR } from "./grpc.ts";
import * as messages from "./messages.ts";
import { type Change, MadeButFailed, type Plugin, type ResourceHandler, type Target } from "./plugin.ts";
import { decode, encode } from "./protobuf.ts";
import { type CheckFailure, checkConfig, checkFunction, checkResource } from "./schema.ts";
import { compact, isRecord, type Properties, sameValue, UNKNOWN, type Value } from "./values.ts";

const SERVICE = "/pulumirpc.ResourceProvider/";

const SECRET_KEY = "4dabf18193072939515e22adb298388d";
const SECRET_SIGNATURE = { [SECRET_KEY]: "1b47061264138c4ac30d75fd1eb44270" };

// DiffResponse.DiffChanges and PropertyDiff.Kind of the engine's protocol.
const DIFF_NONE = 1;
const DIFF_SOME = 2;
const DIFF_KINDS = { add: [0, 1], delete: [2, 3], update: [4, 5] } as const;

/**
 * Serves a plugin to the engine that started this process: prints the port it listens on and answers until
 * the engine ends it. Secrets come and go in clear (`acceptSecrets: false`), because the engine then marks
 * every output whose input was secret by itself.
 */
export async function serve(plugin: Plugin): Promise<void> {
  connectEngineLog(process.argv.slice(2).find((argument) => !argument.startsWith("-")));
  const methods = methodsOf(plugin);
  let underWay = 0;
  const port = await listen(async (path, request) => {
    const method = path.startsWith(SERVICE) ? methods[path.slice(SERVICE.length)] : undefined;
    if (!method) throw new CallFailed(`${path} is not done by the stand-in`, UNIMPLEMENTED);
    underWay += 1;
    try {
      return await method(request);
    } catch (error) {
      throw error instanceof MadeButFailed ? initFailed(error) : error;
    } finally {
      underWay -= 1;
    }
  });
  process.stdout.write(`${port}\n`);
  // An engine killed with SIGKILL leaves its plugins behind: what is under way is finished, then we leave too.
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent && underWay === 0) process.exit(0);
  }, 1000).unref();
}

function methodsOf(plugin: Plugin): Record<string, (request: Buffer) => Promise<Buffer>> {
  return {
    async GetPluginInfo() {
      return encode(messages.pluginInfo, { version: plugin.version });
    },
    async CheckConfig(bytes) {
      const { news } = decode(messages.checkRequest, bytes);
      return checked(news, checkConfig(plugin.schema, ownConfig(news)).failures);
    },
    async DiffConfig(bytes) {
      const { olds, news } = decode(messages.diffRequest, bytes);
      return encode(messages.diffResponse, { changes: sameValue(olds, news) ? DIFF_NONE : DIFF_SOME });
    },
    async Configure(bytes) {
      const { args } = decode(messages.configureRequest, bytes);
      const config = checkConfig(plugin.schema, ownConfig(args));
      if (config.failures.length > 0) throw new Error(config.failures.map(({ reason }) => reason).join("; "));
      await plugin.configure?.(config.inputs);
      return encode(messages.configureResponse, { acceptSecrets: false, supportsPreview: true });
    },
    async Check(bytes) {
      const { urn, olds, news } = decode(messages.checkRequest, bytes);
      const [token, handler] = resource(plugin, urn);
      const { inputs, failures } = checkResource(plugin.schema, token, news);
      if (failures.length === 0) failures.push(...(handler.check?.(inputs, olds, target(urn)) ?? []));
      return checked(inputs, failures);
    },
    async Diff(bytes) {
      const { urn, olds, oldInputs, news, ignoreChanges } = decode(messages.diffRequest, bytes);
      const [, handler] = resource(plugin, urn);
      const changes = handler.diff(olds, oldInputs, news);
      return differing(changes.filter(({ property }) => !ignoreChanges.includes(property)));
    },
    async Create(bytes) {
      const { urn, properties, preview } = decode(messages.createRequest, bytes);
      const [token, handler] = resource(plugin, urn);
      if (preview) {
        return encode(messages.createResponse, {
          properties: outgoing(plugin, token, foreseen(plugin, token, properties)),
        });
      }
      const { id, outputs } = await handler.create(properties, target(urn));
      return encode(messages.createResponse, { id, properties: outgoing(plugin, token, outputs) });
    },
    async Read(bytes) {
      const { id, urn, inputs, properties: state } = decode(messages.readRequest, bytes);
      const [token, handler] = resource(plugin, urn);
      const found = handler.read ? await handler.read(id, inputs, state) : { id, outputs: state };
      if (!found) return encode(messages.readResponse, {});
      return encode(messages.readResponse, {
        id: found.id,
        properties: outgoing(plugin, token, found.outputs),
        inputs: compact(inputsSeen(inputs, state, found.outputs)),
      });
    },
    async Update(bytes) {
      const { id, urn, olds: state, news: inputs, preview } = decode(messages.updateRequest, bytes);
      const [token, handler] = resource(plugin, urn);
      if (preview) {
        const known = { ...computedOf(plugin, token, state), ...inputs };
        for (const output of handler.madeAnewByUpdate ?? []) known[output] = UNKNOWN;
        return encode(messages.updateResponse, { properties: outgoing(plugin, token, known) });
      }
      if (!handler.update) throw new Error(`${token} cannot be changed in place`);
      const outputs = await handler.update(id, state, inputs, target(urn));
      return encode(messages.updateResponse, { properties: outgoing(plugin, token, outputs) });
    },
    async Delete(bytes) {
      const { id, urn, properties } = decode(messages.deleteRequest, bytes);
      await resource(plugin, urn)[1].delete(id, properties, target(urn));
      return encode(messages.empty, {});
    },
    async Invoke(bytes) {
      const { tok, args } = decode(messages.invokeRequest, bytes);
      const handler = plugin.functions[tok];
      if (!handler)
        throw new Error(`the stand-in for ${plugin.schema.name} does not do the function "${tok}"`);
      const { inputs, failures } = checkFunction(plugin.schema, tok, args);
      if (failures.length > 0) return encode(messages.invokeResponse, { failures });
      return encode(messages.invokeResponse, { return: compact(await handler(inputs)) });
    },
    async Cancel() {
      return encode(messages.empty, {});
    },
  };
}

/** The provider's configuration without what the engine adds to it; secrets come wrapped here, whatever was agreed. */
function ownConfig({ version: _version, pluginDownloadURL: _url, ...config }: Properties): Properties {
  return Object.fromEntries(Object.entries(config).map(([key, value]) => [key, opened(value)]));
}

function opened(value: Value | undefined): Value | undefined {
  return isRecord(value) && SECRET_KEY in value ? value.value : value;
}

function resource(plugin: Plugin, urn: string): [string, ResourceHandler] {
  const token = urn.split("::")[2]?.split("$").at(-1) ?? "";
  const handler = plugin.resources[token];
  if (!handler)
    throw new Error(`the stand-in for ${plugin.schema.name} does not do the resource type "${token}"`);
  return [token, handler];
}

function target(urn: string): Target {
  return { urn, name: urn.split("::").slice(3).join("::") };
}

function checked(inputs: Properties, failures: CheckFailure[]): Buffer {
  return encode(messages.checkResponse, { inputs: compact(inputs), failures });
}

function differing(changes: Change[]): Buffer {
  return encode(messages.diffResponse, {
    changes: changes.length > 0 ? DIFF_SOME : DIFF_NONE,
    diffs: changes.map(({ property }) => property),
    replaces: changes.filter(({ replace }) => replace).map(({ property }) => property),
    hasDetailedDiff: true,
    detailedDiff: Object.fromEntries(
      changes.map(({ property, kind, replace }) => [property, { kind: DIFF_KINDS[kind][replace ? 1 : 0] }]),
    ),
  });
}

/** What a preview can say of a resource that is not made yet. */
function foreseen(plugin: Plugin, token: string, inputs: Properties): Properties {
  const outputs: Properties = { ...inputs };
  for (const property of plugin.schema.resources[token]?.required ?? []) outputs[property] ??= UNKNOWN;
  return outputs;
}

/** The part of a state that does not follow from the inputs alone. */
function computedOf(plugin: Plugin, token: string, state: Properties): Properties {
  const spec = plugin.schema.resources[token];
  const required = new Set(spec?.required);
  const computed = Object.entries(state).filter(([key]) => required.has(key) || !spec?.inputProperties[key]);
  return Object.fromEntries(computed);
}

/** After a refresh an input says what was found, where that is not what was there before. */
function inputsSeen(inputs: Properties, before: Properties, now: Properties): Properties {
  const seen: Properties = { ...inputs };
  for (const key of Object.keys(inputs)) {
    if (now[key] !== undefined && before[key] !== undefined && !sameValue(before[key], now[key])) {
      seen[key] = now[key];
    }
  }
  return seen;
}

/** Outputs ready to send: those that the schema calls secret are marked. */
function outgoing(plugin: Plugin, token: string, outputs: Properties): Properties {
  const marked = compact(outputs);
  for (const [property, spec] of Object.entries(plugin.schema.resources[token]?.properties ?? {})) {
    const value = marked[property];
    if (spec.secret && value !== undefined && value !== UNKNOWN)
      marked[property] = { ...SECRET_SIGNATURE, value };
  }
  return marked;
}

/** The form in which the engine takes "made, but not right": it records the resource and the reason. */
function initFailed(error: MadeButFailed): CallFailed {
  const { id, outputs, message } = error;
  const detail = encode(messages.resourceInitFailed, {
    id,
    properties: compact(outputs),
    reasons: [message],
  });
  const typeUrl = "type.googleapis.com/pulumirpc.ErrorResourceInitFailed";
  const details = [{ typeUrl, value: detail }];
  const status = encode(messages.status, { code: UNKNOWN_ERROR, message, details });
  return new CallFailed(message, UNKNOWN_ERROR, status);
}
