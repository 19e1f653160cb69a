// Checks a part of a kubeconfig by the table of its fields: the types are right, and no field is unknown or unsupported.
import { type FieldPart, type FieldType, fields } from "./fields.ts";

export type Fields = Record<string, unknown>;

/** Whether a value is an object with fields. */
export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * The part's fields that have a value: "", null, and empty lists count as absent, which is how Go reads them. An unknown field is an
 * error, unlike in kubectl: it may be one that limits what is allowed, misspelt or newer than this reader.
 *
 * @param where for messages: path of the part, such as `kubeconfig /a/config: users['alice'].user`
 */
export function checkedFields(part: FieldPart, value: unknown, where: string): Fields {
  if (value === null || value === undefined) return {};
  if (!isFields(value)) throw new Error(`${where} is ${describe(value)}: it must have fields`);
  const knownFields = fields.filter((field) => field.part === part);
  const values: Fields = {};
  for (const [name, fieldValue] of Object.entries(value)) {
    const field = knownFields.find((candidate) => candidate.name === name);
    const at = `${where}.${name}`;
    if (!field)
      throw new Error(
        `${at} is not a field of a kubeconfig: there are ${knownFields.map((candidate) => candidate.name).join(", ")}`,
      );
    if (isEmpty(fieldValue)) continue;
    if (!fits(field.type, fieldValue))
      throw new Error(`${at} is ${describe(fieldValue)}: it must be ${withArticle(field.type)}`);
    if (field.outcome === "refused")
      throw new Error(`${at} is not supported. ${field.description.replaceAll("`", "'")}`);
    if (field.outcome === "done") values[name] = fieldValue;
  }
  return values;
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
  // Go's decoder ignores line breaks and nothing else.
  if (type === "base64")
    return (
      typeof value === "string" &&
      /^(?:[\w+/]{4})*(?:[\w+/]{2}==|[\w+/]{3}=)?$/.test(value.replace(/[\r\n]/g, "")) &&
      !value.includes("_")
    );
  return true;
}

const withArticle = (type: FieldType): string =>
  (/^(text|list) ?/.test(type) ? `a ${type}` : type).replace(/^a text$/, "a text (in quotes)");

/** What kind of value it is, for a message that must not show it: it may be a secret. */
function describe(value: unknown): string {
  if (typeof value === "string") return "a text of another form";
  if (Array.isArray(value)) return "a list";
  return isFields(value) ? "an object" : String(value);
}
