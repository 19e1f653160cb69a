// Reads fields of a resource that may be missing or of the wrong type.
import { lazily } from "./unknown.ts";

export type Fields = Record<string, unknown>;

/** The fields of a value; {} if it isn't an object. */
export const fields = (value: unknown): Fields => (isFields(value) ? value : {});

const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The items of a list as objects; [] if the value isn't a list. Reading an unknown item throws: see unknown.ts. */
export const items = (value: unknown): Fields[] => (Array.isArray(value) ? lazily(value, fields) : []);

/** The items of a list as text; [] if the value isn't a list. Reading an unknown item throws. */
export const texts = (value: unknown): string[] => (Array.isArray(value) ? lazily(value, String) : []);

/** The field at a path of names; undefined if a part of the path is missing. */
export const at = (value: unknown, ...names: string[]): unknown =>
  names.reduce<unknown>((parent, name) => fields(parent)[name], value);

/** Whether a value is text that is not blank. */
export const isText = (value: unknown): value is string => typeof value === "string" && value.trim() !== "";

/** Whether a boolean is true, also as text, which fields of custom kinds may accept. */
export const isOn = (value: unknown): boolean => value === true || (typeof value === "string" && /^true$/i.test(value));

/** The object in a field, which is created if it is missing. */
export function ensureObject(holder: Fields, name: string): Fields {
  if (!isFields(holder[name])) holder[name] = {};
  return fields(holder[name]);
}

/** The object under another one. It is read only where that one leaves a field out, because it may not be known yet. */
type Base = () => Fields;

/**
 * An object on top of another, as Argo merges a template and its defaults: the fields of both, recursively. Writing changes
 * the object itself, not the defaults.
 */
export const mergedOver = (own: Fields, base: Base): Fields => layered(own, base, mergedOver);

/** An object on top of another, of which it replaces whole fields. Writing changes the object itself. */
export const over = (own: Fields, base: Base): Fields => layered(own, base, (value) => value);

/** The fields of both objects; `merge` puts an object that is in a field on top of what the other one has there. */
function layered(own: Fields, base: Base, merge: (own: Fields, base: Base) => Fields): Fields {
  return new Proxy(own, {
    get(object, name: string) {
      const value = object[name];
      return isFields(value) ? merge(value, () => fields(base()[name])) : (value ?? base()[name]);
    },
    set: (object, name, value) => Reflect.set(object, name, value),
    has: (object, name) => name in object || name in base(),
    ownKeys: (object) => [...new Set([...Reflect.ownKeys(object), ...Reflect.ownKeys(base())])],
    getOwnPropertyDescriptor: (object, name) =>
      Reflect.getOwnPropertyDescriptor(object, name) ?? {
        ...Reflect.getOwnPropertyDescriptor(base(), name),
        configurable: true,
      },
  });
}
