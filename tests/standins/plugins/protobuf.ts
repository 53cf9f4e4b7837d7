import type { Properties, Value } from "./values.ts";

/*
 * The few protobuf messages that a plugin exchanges with the engine, written out by hand. Generated classes
 * and their library take longer to load than everything else a plugin does in a preview.
 */

type Kind =
  | "string"
  | "bool"
  | "number"
  | "bytes"
  | "struct"
  | "strings"
  | { repeated: Shape }
  | { map: Shape };

/** A message: its members with field number and kind. */
export type Shape = Record<string, readonly [number, Kind]>;

type Member<K extends Kind> = K extends "string"
  ? string
  : K extends "bool"
    ? boolean
    : K extends "number"
      ? number
      : K extends "bytes"
        ? Uint8Array
        : K extends "struct"
          ? Properties
          : K extends "strings"
            ? string[]
            : K extends { repeated: infer S extends Shape }
              ? Message<S>[]
              : K extends { map: infer S extends Shape }
                ? Record<string, Message<S>>
                : never;

/** The object form of a message; as in protobuf, what was not sent has the empty value of its kind. */
export type Message<S extends Shape> = { [K in keyof S]: Member<S[K][1]> };

const VARINT = 0;
const DOUBLE = 1;
const LENGTH = 2;
const FIXED32 = 5;

/** Writes a message; members that are absent, empty, 0 or false are left out, as protobuf does. */
export function encode<S extends Shape>(shape: S, message: Partial<Message<S>>): Buffer {
  const parts: Buffer[] = [];
  for (const [name, [field, kind]] of Object.entries(shape)) {
    const value = message[name as keyof S] as unknown;
    if (value === undefined || value === "" || value === 0 || value === false) continue;
    if (kind === "bool" || kind === "number") parts.push(tag(field, VARINT), varint(Number(value)));
    else if (kind === "string") parts.push(delimited(field, Buffer.from(value as string)));
    else if (kind === "bytes") parts.push(delimited(field, Buffer.from(value as Uint8Array)));
    else if (kind === "struct") parts.push(delimited(field, encodeStruct(value as Properties)));
    else if (kind === "strings") {
      for (const item of value as string[]) parts.push(delimited(field, Buffer.from(item)));
    } else if ("repeated" in kind) {
      for (const item of value as Message<Shape>[]) parts.push(delimited(field, encode(kind.repeated, item)));
    } else {
      for (const [key, item] of Object.entries(value as Record<string, Message<Shape>>)) {
        const entry = [delimited(1, Buffer.from(key)), delimited(2, encode(kind.map, item))];
        parts.push(delimited(field, Buffer.concat(entry)));
      }
    }
  }
  return Buffer.concat(parts);
}

/** Reads a message; fields that the shape does not name are skipped. */
export function decode<S extends Shape>(shape: S, bytes: Buffer): Message<S> {
  const message: Record<string, unknown> = {};
  const members = new Map<number, [string, Kind]>();
  for (const [name, [field, kind]] of Object.entries(shape)) {
    members.set(field, [name, kind]);
    message[name] = emptyOf(kind);
  }
  for (const { field, number, content } of fields(bytes)) {
    const [name, kind] = members.get(field) ?? [];
    if (!name || !kind) continue;
    if (kind === "bool") message[name] = number !== 0;
    else if (kind === "number") message[name] = number;
    else if (kind === "string") message[name] = content.toString("utf8");
    else if (kind === "bytes") message[name] = content;
    else if (kind === "struct") message[name] = decodeStruct(content);
    else if (kind === "strings") (message[name] as string[]).push(content.toString("utf8"));
    else throw new Error(`no message to the plugin repeats ${name}`);
  }
  return message as Message<S>;
}

function emptyOf(kind: Kind): unknown {
  if (kind === "string") return "";
  if (kind === "bool") return false;
  if (kind === "number") return 0;
  if (kind === "strings") return [];
  return {};
}

interface Field {
  field: number;
  number: number;
  content: Buffer;
}

function* fields(bytes: Buffer): Generator<Field> {
  let at = 0;
  const readVarint = () => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = bytes[at++];
      if (byte === undefined) throw new Error("a message of the engine ends in the middle of a number");
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const key = readVarint();
    const field = Math.floor(key / 8);
    const type = key % 8;
    let number = 0;
    let content = bytes.subarray(at, at);
    if (type === VARINT) number = readVarint();
    else if (type === DOUBLE) {
      number = bytes.readDoubleLE(at);
      at += 8;
    } else if (type === LENGTH) {
      const length = readVarint();
      content = bytes.subarray(at, at + length);
      at += length;
    } else if (type === FIXED32) at += 4;
    else throw new Error(`a message of the engine has a field of the unknown type ${type}`);
    yield { field, number, content };
  }
}

function tag(field: number, type: number): Buffer {
  return varint(field * 8 + type);
}

function delimited(field: number, content: Buffer): Buffer {
  return Buffer.concat([tag(field, LENGTH), varint(content.length), content]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 127) {
    bytes.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
  return Buffer.from(bytes);
}

// google.protobuf.Struct: a map of names to Values, a Value being one of the kinds below.
const NULL = 1;
const NUMBER = 2;
const STRING = 3;
const BOOL = 4;
const STRUCT = 5;
const LIST = 6;

function encodeStruct(properties: Properties): Buffer {
  const entries: Buffer[] = [];
  for (const [key, value] of Object.entries(properties)) {
    if (value === undefined) continue;
    entries.push(
      delimited(1, Buffer.concat([delimited(1, Buffer.from(key)), delimited(2, encodeValue(value))])),
    );
  }
  return Buffer.concat(entries);
}

function encodeValue(value: Value): Buffer {
  if (value === null) return Buffer.concat([tag(NULL, VARINT), varint(0)]);
  if (typeof value === "boolean") return Buffer.concat([tag(BOOL, VARINT), varint(value ? 1 : 0)]);
  if (typeof value === "string") return delimited(STRING, Buffer.from(value));
  if (typeof value === "number") {
    const double = Buffer.alloc(8);
    double.writeDoubleLE(value);
    return Buffer.concat([tag(NUMBER, DOUBLE), double]);
  }
  if (Array.isArray(value)) {
    return delimited(LIST, Buffer.concat(value.map((item) => delimited(1, encodeValue(item)))));
  }
  return delimited(STRUCT, encodeStruct(value));
}

function decodeStruct(bytes: Buffer): Properties {
  const properties: Properties = {};
  for (const entry of fields(bytes)) {
    let key = "";
    let value: Value = null;
    for (const { field, content } of fields(entry.content)) {
      if (field === 1) key = content.toString("utf8");
      else if (field === 2) value = decodeValue(content);
    }
    properties[key] = value;
  }
  return properties;
}

function decodeValue(bytes: Buffer): Value {
  for (const { field, number, content } of fields(bytes)) {
    if (field === NUMBER) return number;
    if (field === STRING) return content.toString("utf8");
    if (field === BOOL) return number !== 0;
    if (field === STRUCT) return decodeStruct(content);
    if (field === LIST) return Array.from(fields(content), (item) => decodeValue(item.content));
  }
  return null;
}
