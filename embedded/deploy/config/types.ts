// The declarations of config keys in Pulumi.yaml (type, default, value), and the check of a value against its type.
// Rules of sdk/go/common/workspace (project.go: ValidateConfigValue, Project.Validate; project.json) in pulumi/pulumi.
import { type ConfigValue, configText, isMap } from "./values.ts";

const simpleTypes = ["string", "integer", "boolean", "array", "object"] as const;
type SimpleType = (typeof simpleTypes)[number];

/** The type of a list's items. */
export interface ItemsType {
  type: SimpleType;
  items?: ItemsType;
}

/** The declaration of one key in Pulumi.yaml. */
export interface Declaration {
  /** Absent where any value will do. */
  type?: SimpleType;
  items?: ItemsType;
  /** The key's value where the stack doesn't set it: `default` for the project's own keys, `value` for others. */
  default?: ConfigValue;
  value?: ConfigValue;
  /** Whether a typed key must be encrypted in the stack's file. */
  secret: boolean;
}

interface Place {
  /** For messages, such as `Pulumi.yaml: config 'size'`. */
  where: string;
  /** Whether the key is in the project's own namespace. */
  isOwn: boolean;
}

const fields = ["type", "items", "description", "default", "value", "secret"];

/** Reads a declaration; a value alone is the default of the project's own key, and the value of another one. */
export function declarationOf(declared: ConfigValue, { where, isOwn }: Place): Declaration {
  if (typeof declared === "number" || declared === null)
    throw new Error(
      `${where} is ${declared === null ? "empty" : declared}: write a text, a whole number, true or false, a list, or what the key is: { type: …, default: … }`,
    );
  if (!isMap(declared)) return { secret: false, [isOwn ? "default" : "value"]: declared };
  const wrong = Object.keys(declared).find((name) => !fields.includes(name));
  if (wrong !== undefined)
    throw new Error(`${where}: '${wrong}' is not a field of a declaration: the fields are ${fields.join(", ")}`);
  const { type, items, description = "", secret = false, default: byDefault = null, value = null } = declared;
  if (typeof description !== "string") throw new Error(`${where}: description must be a text`);
  if (typeof secret !== "boolean") throw new Error(`${where}: secret must be true or false`);
  return {
    secret,
    ...(type === undefined ? {} : { type: typeOf(type, `${where}: type`) }),
    ...(items === undefined ? {} : { items: itemsOf(items, `${where}: items`) }),
    ...(byDefault === null ? {} : { default: byDefault }),
    ...(value === null ? {} : { value }),
  };
}

function typeOf(type: ConfigValue | undefined, where: string): SimpleType {
  const found = simpleTypes.find((simple) => simple === type);
  if (!found) throw new Error(`${where} is ${configText(type ?? null)}: it must be one of ${simpleTypes.join(", ")}`);
  return found;
}

function itemsOf(items: ConfigValue, where: string): ItemsType {
  if (!isMap(items)) throw new Error(`${where} must give the type of the items, such as { type: string }`);
  const type = typeOf(items.type, `${where}.type`);
  if (type === "array" && items.items === undefined)
    throw new Error(`${where}.items is missing: it must give the type of the inner lists' items`);
  return { type, ...(items.items === undefined ? {} : { items: itemsOf(items.items, `${where}.items`) }) };
}

/** Throws where a declaration contradicts itself. */
export function checkDeclared({ type, items, ...settings }: Declaration, { where, isOwn }: Place): void {
  if (settings.default !== undefined && settings.value !== undefined)
    throw new Error(`${where} has both a default and a value: keep one of them`);
  if (!isOwn) {
    if (type) throw new Error(`${where} belongs to another program or provider: its type can't be declared here`);
    if (settings.default !== undefined)
      throw new Error(`${where} belongs to another program or provider: give it a 'value' instead of a 'default'`);
    if (settings.value === undefined)
      throw new Error(`${where} belongs to another program or provider: it needs a 'value'`);
    return;
  }
  if (type === "array" && !items)
    throw new Error(`${where} is an array: 'items' must give the type of its items, such as { type: string }`);
  if (type && settings.default !== undefined && !isOfType(settings.default, { type, items }))
    throw new Error(`${where}: the default is not of type '${nameOfType({ type, items })}'`);
}

/** `array<array<string>>` */
export function nameOfType({ type, items }: Pick<Declaration, "type" | "items">): string {
  return items ? `array<${nameOfType(items)}>` : (type ?? "");
}

/** Whether a value is of a type. A text that parses as a whole number, or as true or false, counts as one. */
export function isOfType(value: ConfigValue, { type, items }: Pick<Declaration, "type" | "items">): boolean {
  switch (type) {
    case "string":
      return typeof value === "string";
    case "integer":
      if (typeof value === "string") return isWholeNumber(value);
      return typeof value === "bigint" || Number.isInteger(value);
    case "boolean":
      return typeof value === "boolean" || value === "true" || value === "false";
    case "object":
      return isMap(value);
    default:
      return Array.isArray(value) && items !== undefined && value.every((item) => isOfType(item, items));
  }
}

/** Whether strconv.Atoi parses the text: an integer of 64 bits. */
function isWholeNumber(text: string): boolean {
  if (!/^[+-]?\d+$/.test(text)) return false;
  const value = BigInt(text.replace(/^\+/, ""));
  return value === BigInt.asIntN(64, value);
}
