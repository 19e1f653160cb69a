// Config by paths: keys such as `servers[0].name` stand for a part of the value of `servers`.
// Rules of sdk/go/common/resource (properties_path.go, strict) and of its config (map.go, object.go) in pulumi/pulumi.
import { type ConfigValue, coerced, isMap } from "./values.ts";

export type ConfigPath = (string | number)[];

/** Parses the path in a key's name; its first step is a name. Throws, with `where` as prefix, where it isn't a path. */
export function parseConfigPath(name: string, where: string): [string, ...ConfigPath] {
  const fail = (why: string): never => {
    throw new Error(`${where} is not a valid path: ${why} (write it such as servers[0].name or labels["a.b"])`);
  };
  const steps: ConfigPath = [];
  const pattern = /\["((?:\\"|[^"])*)"\]|\[([^"\]][^\]]*)\]|(\.?)([^.[]+)/gy;
  while (pattern.lastIndex < name.length) {
    const rest = name.slice(pattern.lastIndex);
    const isFirst = steps.length === 0;
    const [, quoted, index, dot, plain] = pattern.exec(name) ?? fail(`it can't be read from '${rest}' on`);
    if (quoted !== undefined) steps.push(quoted.replaceAll('\\"', '"'));
    else if (index === "*") steps.push("*");
    else if (index !== undefined) steps.push(/^\d+$/.test(index) ? Number(index) : fail(`'${index}' is not an index`));
    else if (dot && isFirst) fail("it begins with a dot");
    else steps.push(plain ?? "");
  }
  const [first, ...others] = steps;
  if (typeof first !== "string" || first === "") return fail("it must begin with a name");
  return [first, ...others];
}

/** The value at a path; undefined where there is none. */
export function valueAt(value: ConfigValue | undefined, path: ConfigPath): ConfigValue | undefined {
  return path.reduce<ConfigValue | undefined>((parent, step) => {
    if (Array.isArray(parent)) return typeof step === "number" ? parent[step] : undefined;
    return isMap(parent) && typeof step === "string" && Object.hasOwn(parent, step) ? parent[step] : undefined;
  }, value);
}

/**
 * A copy with `item` at a path; missing steps are added. A text is read as a number, or as true
 * or false, where it looks so. Throws, with `where` as prefix, where a step leads into a list by a name, past its end, or into a
 * scalar.
 */
export function withValueAt(
  value: ConfigValue | undefined,
  path: ConfigPath,
  { item, where }: { item: ConfigValue; where: string },
): ConfigValue {
  const [step, ...rest] = path;
  if (step === undefined) return coerced(item);
  const within = (inner: ConfigValue | undefined) => withValueAt(inner, rest, { item, where });
  if (typeof step === "number") {
    const list = value ?? Array.from({ length: step + 1 }, () => null);
    if (!Array.isArray(list)) throw new Error(`${where}: [${step}] is an index, but the value is not a list`);
    if (step > list.length) throw new Error(`${where}: [${step}] is past the end of a list of ${list.length}`);
    return [...list.slice(0, step), within(list[step]), ...list.slice(step + 1)];
  }
  const map = value ?? {};
  if (!isMap(map)) throw new Error(`${where}: '${step}' is a name, but the value is not an object`);
  if (rest.length === 0 && Object.keys(map).length === 0 && step === "secure" && typeof item === "string")
    throw new Error(`${where}: an object with the single field 'secure' means an encrypted value: use another name`);
  return { ...map, [step]: within(Object.hasOwn(map, step) ? map[step] : undefined) };
}
