// Property values between a Pulumi program and its engine: JSON with secrets, resource references and unknown values. Signatures are
// those of Pulumi's sdk/go/common/resource/properties.go.
import struct from "google-protobuf/google/protobuf/struct_pb.js";

const signatureKey = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";
const referenceSignature = "5cf8f73096256a8f31e491e813e4eb8e";
const outputSignature = "d0e6a833031e9bbcd3f4e8bde6ca49a4";
const unknownString = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** A value that must not be shown or stored in clear. */
export class Secret {
  readonly value: Value;
  constructor(value: Value) {
    this.value = value;
  }
  /** Keeps the secret out of JSON and logs. */
  toJSON(): string {
    return "[secret]";
  }
}

/** A value that is known only once a resource has been made. */
export const unknown: unique symbol = Symbol("unknown");

/** A resource given as a value. */
export class Reference {
  readonly urn: string;
  readonly id: string;
  constructor(urn: string, id: string) {
    this.urn = urn;
    this.id = id;
  }
}

export type Value = null | boolean | number | string | Secret | Reference | typeof unknown | Value[] | Properties;
export interface Properties {
  [name: string]: Value;
}

/** Decodes a struct from the wire. Throws for assets and archives, which are not supported. */
export function decode(message: struct.Struct | undefined): Properties {
  return fromWire(message?.toJavaScript() ?? {}, "") as Properties;
}

/** Decodes a single value; undefined for none. */
export function decodeValue(message: struct.Value | undefined): Value | undefined {
  const value = message?.toJavaScript();
  return value === undefined || value === null ? undefined : fromWire(value, "");
}

function fromWire(value: unknown, path: string): Value {
  if (value === unknownString) return unknown;
  if (value === null || value === undefined) return null;
  if (Array.isArray(value)) return value.map((item, i) => fromWire(item, `${path}[${i}]`));
  if (typeof value === "number" && !Number.isFinite(value))
    throw new Error(`${path} is ${value}: it must be a finite number`);
  if (typeof value !== "object") return value as Value;
  const object = value as Record<string, unknown>;
  const signature = object[signatureKey];
  if (signature === undefined)
    return Object.fromEntries(
      Object.entries(object).map(([name, item]) => [name, fromWire(item, path ? `${path}.${name}` : name)]),
    );
  if (signature === secretSignature) return new Secret(fromWire(object.value, path));
  if (signature === referenceSignature) return new Reference(String(object.urn ?? ""), String(object.id ?? ""));
  if (signature === outputSignature) {
    const inner = "value" in object ? fromWire(object.value, path) : unknown;
    return object.secret === true ? new Secret(inner) : inner;
  }
  throw new Error(`${path}: assets and archives are not supported by this deployer: give the content as a string`);
}

/** Encodes properties for the wire. */
export function encode(properties: Properties): struct.Struct {
  return struct.Struct.fromJavaScript(toWire(properties) as Record<string, struct.JavaScriptValue>);
}

function toWire(value: Value): unknown {
  if (value === unknown) return unknownString;
  if (value instanceof Secret) return { [signatureKey]: secretSignature, value: toWire(value.value) };
  if (value instanceof Reference) return { [signatureKey]: referenceSignature, urn: value.urn, id: value.id };
  if (Array.isArray(value)) return value.map(toWire);
  if (value !== null && typeof value === "object")
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, toWire(item)]));
  return value;
}

/** JSON with the secrets in clear. Unknown values are left out. */
export function reveal(value: Value): unknown {
  return toJson(value, (secret) => reveal(secret.value));
}

/** JSON with "[secret]" for secrets and "[unknown]" for what isn't known yet, for people to read. */
export function redact(value: Value): unknown {
  return toJson(
    value,
    () => "[secret]",
    () => "[unknown]",
  );
}

function toJson(value: Value, secret: (value: Secret) => unknown, unknownAs: () => unknown = () => undefined): unknown {
  const inner = (item: Value): unknown => toJson(item, secret, unknownAs);
  if (value === unknown) return unknownAs();
  if (value instanceof Secret) return secret(value);
  if (value instanceof Reference) return value.id || value.urn;
  if (Array.isArray(value)) return value.map(inner);
  if (value !== null && typeof value === "object")
    return Object.fromEntries(
      Object.entries(value)
        .map(([name, item]) => [name, inner(item)] as const)
        .filter(([, item]) => item !== undefined),
    );
  return value;
}

/** Whether any part of a value satisfies a test. */
export function some(value: Value, test: (value: Value) => boolean): boolean {
  if (test(value)) return true;
  if (value instanceof Secret) return some(value.value, test);
  if (value instanceof Reference || value === null || typeof value !== "object") return false;
  return Object.values(value).some((item) => some(item as Value, test));
}

/** Keys and indexes that lead to a secret. */
export type SecretPath = (string | number)[];

/** Paths of the outermost secrets in a value. */
export function secretPaths(value: Value): SecretPath[] {
  if (value instanceof Secret) return [[]];
  if (value instanceof Reference || value === null || typeof value !== "object") return [];
  const entries: [string | number, Value][] = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  return entries.flatMap(([key, item]) => secretPaths(item).map((path): SecretPath => [key, ...path]));
}

/** A copy of properties with the values at the paths made secret; paths without a value are ignored. */
export function withSecretsAt(properties: Properties, paths: readonly SecretPath[]): Properties {
  const copy = structuredClone(properties);
  for (const path of paths) {
    const last = path.at(-1);
    const parent = path
      .slice(0, -1)
      .reduce<Value | undefined>(
        (node, key) => (node as Record<string | number, Value> | null | undefined)?.[key],
        copy,
      );
    if (last === undefined || parent === null || typeof parent !== "object" || !(last in parent)) continue;
    const fields = parent as Record<string | number, Value>;
    fields[last] = new Secret(fields[last] ?? null);
  }
  return copy;
}

/** A copy of outputs with the named ones made secret. The SDK unwraps only once, so that a secret is not wrapped again. */
export function withSecrets(outputs: Properties, names: readonly string[]): Properties {
  const copy = { ...outputs };
  for (const name of names) {
    const value = copy[name];
    if (value !== undefined && !(value instanceof Secret)) copy[name] = new Secret(value);
  }
  return copy;
}

/** A copy of `target` with the values made secret that are secret in `pattern`, by path. */
export function keepSecret(target: Value, pattern: Value): Value {
  if (pattern instanceof Secret) return target instanceof Secret ? target : new Secret(target);
  if (Array.isArray(pattern) && Array.isArray(target))
    return target.map((item, i) => keepSecret(item, pattern[i] ?? null));
  if (isProperties(pattern) && isProperties(target))
    return Object.fromEntries(
      Object.entries(target).map(([name, item]) => [
        name,
        name in pattern ? keepSecret(item, pattern[name] ?? null) : item,
      ]),
    );
  return target;
}

/** Whether a value is a map of values. */
export function isProperties(value: Value | undefined): value is Properties {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Secret) &&
    !(value instanceof Reference)
  );
}
