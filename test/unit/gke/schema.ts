// The provider's schema as its npm package says it: which fields each resource takes, and which values each field.
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const require = createRequire(import.meta.url);
const root = dirname(require.resolve("@pulumi/gcp/package.json"));

interface Field {
  /** Name of the interface of the field's value, `container.ClusterDnsConfig`; undefined for plain values and maps. */
  type?: string;
  /** Values that the documentation lists. */
  values?: string[];
}

type Fields = Record<string, Field>;

/** Reads the interfaces of declarations: fields with their comments. */
function interfaces(text: string): Record<string, Fields> {
  const properties: Record<string, Fields> = {};
  for (const [, name = "", body = ""] of text.matchAll(/interface (\w+) \{\n([\s\S]*?)\n {0,4}\}\n/g)) {
    const fields: Fields = {};
    for (const [, comment = "", field = "", type = ""] of body.matchAll(
      /(\/\*\*(?:(?!\*\/)[\s\S])*\*\/)?\s*(\w+)\??: ((?:\{[\s\S]*?\}[^;]*|[^;{])*);/g,
    ))
      fields[field] = { type: /inputs\.([\w.]+)/.exec(type)?.[1], values: listed(comment) };
    properties[name] = fields;
  }
  return properties;
}

/** Values of a sentence such as "Possible values are: `A`, `B`." */
function listed(comment: string): string[] | undefined {
  const sentence =
    /(?:Possible values are|Available options include|Supported values include)[\s*:]*((?:[\s*,]|and|or|`"?[A-Za-z0-9_-]+"?`)+)/.exec(
      comment.replaceAll("\n", " "),
    )?.[1];
  const values = sentence?.match(/[A-Za-z0-9_-]{2,}(?="?`)/g);
  return values && values.length > 1 ? [...values] : undefined;
}

const inputs = readFileSync(join(root, "types/input.d.ts"), "utf8");
const modules = new Map<string, Record<string, Fields>>();

/** The interfaces of one module's inputs. */
function moduleOf(name: string): Record<string, Fields> {
  const cached = modules.get(name);
  if (cached) return cached;
  const start = inputs.indexOf(`export declare namespace ${name} {`);
  const end = inputs.indexOf("export declare namespace ", start + 1);
  const parsed = start < 0 ? {} : interfaces(inputs.slice(start, end < 0 ? undefined : end));
  modules.set(name, parsed);
  return parsed;
}

/** What is wrong with a resource's inputs: fields that its type doesn't have, values that a field doesn't take. */
export function schemaErrors(type: string, value: Record<string, unknown>): string[] {
  const [, path = "", name = ""] = /^gcp:(.+):(\w+)$/.exec(type) ?? [];
  if (!path) return [`${type}: no type of the provider`];
  const [folder = "", file = ""] = path.split("/");
  // File names follow Go's initialisms, tokens don't.
  const declared = readdirSync(join(root, folder)).find(
    (candidate) => candidate.toLowerCase() === `${file.toLowerCase()}.d.ts`,
  );
  const fields = declared ? interfaces(readFileSync(join(root, folder, declared), "utf8"))[`${name}Args`] : undefined;
  return fields ? check(type, value, fields) : [`${type}: no ${name}Args in ${folder}`];
}

function check(path: string, value: Record<string, unknown>, fields: Fields): string[] {
  return Object.entries(value).flatMap(([name, inner]) => {
    const field = fields[name];
    if (!field) return [`${path}.${name}: there is no such field`];
    return (Array.isArray(inner) ? inner : [inner]).flatMap((value) => {
      if (typeof value === "string" && field.values && value !== "" && !field.values.includes(value))
        return [`${path}.${name}: '${value}' is none of ${field.values.join(", ")}`];
      if (typeof value !== "object" || value === null || !field.type) return [];
      const [folder = "", type = ""] = field.type.split(".");
      const nested = moduleOf(folder)[type];
      return nested ? check(`${path}.${name}`, value as Record<string, unknown>, nested) : [`${field.type}: not found`];
    });
  });
}
