// Checks a part of a kubeconfig by the table of fields: the right types, nothing unknown, nothing that can't be done.
import { type FieldPart, type FieldType, fields } from "./fields.ts";

export type Fields = Record<string, unknown>;

/** Whether a value is an object with fields. */
export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * The part's fields that have a value: "", null, and empty lists are as absent, which is how Go reads them. A field that nobody knows
 * is an error, unlike in kubectl: it may be one that limits what is allowed, misspelt or newer than this reader.
 *
 * @param where for messages: path of the part, such as `kubeconfig /a/config: users['alice'].user`
 */
export function checked(part: FieldPart, value: unknown, where: string): Fields {
  if (value === null || value === undefined) return {};
  if (!isFields(value)) throw new Error(`${where} is ${shown(value)}: it must have fields`);
  const known = fields.filter((field) => field.part === part);
  const found: Fields = {};
  for (const [name, given] of Object.entries(value)) {
    const field = known.find((candidate) => candidate.name === name);
    const at = `${where}.${name}`;
    if (!field)
      throw new Error(`${at} is not a field of a kubeconfig: there are ${known.map((one) => one.name).join(", ")}`);
    if (isEmpty(given)) continue;
    if (!fits(field.type, given)) throw new Error(`${at} is ${shown(given)}: it must be ${article(field.type)}`);
    if (field.outcome === "refused") throw new Error(`${at} is not supported. ${field.words.replaceAll("`", "'")}`);
    if (field.outcome === "done") found[name] = given;
  }
  return found;
}

function isEmpty(value: unknown): boolean {
  if (value === "" || value === null || value === undefined) return true;
  if (Array.isArray(value)) return value.length === 0;
  return isFields(value) && Object.keys(value).length === 0;
}

const isTexts = (value: unknown): boolean => Array.isArray(value) && value.every((item) => typeof item === "string");

function fits(type: FieldType, value: unknown): boolean {
  if (type === "text") return typeof value === "string";
  if (type === "true or false") return typeof value === "boolean";
  if (type === "list of texts") return isTexts(value);
  if (type === "lists of texts by name") return isFields(value) && Object.values(value).every(isTexts);
  // Go's decoder passes over line breaks and nothing else.
  if (type === "base64")
    return (
      typeof value === "string" &&
      /^(?:[\w+/]{4})*(?:[\w+/]{2}==|[\w+/]{3}=)?$/.test(value.replace(/[\r\n]/g, "")) &&
      !value.includes("_")
    );
  return true;
}

const article = (type: FieldType): string =>
  (/^(text|list) ?/.test(type) ? `a ${type}` : type).replace(/^a text$/, "a text (in quotes)");

/** A value in a message: never long, since it may be a secret. */
function shown(value: unknown): string {
  if (typeof value === "string") return "a text of another form";
  if (Array.isArray(value)) return "a list";
  return isFields(value) ? "an object" : String(value);
}
