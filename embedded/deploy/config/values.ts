// Parses values of Pulumi's YAML files exactly as the CLI does, so that a program gets the same configuration from either.
// Rules of gopkg.in/yaml.v3 (resolve.go) and of sdk/go/common/resource/config (object.go) in pulumi/pulumi.
import { parse, type ScalarTag } from "yaml";

/** A value of a file: whole numbers are bigints, for they may be greater than what a double holds. */
export type ConfigValue = string | boolean | bigint | number | null | ConfigValue[] | { [name: string]: ConfigValue };

/** Whether a value has named parts. */
export const isMap = (value: ConfigValue | undefined): value is { [name: string]: ConfigValue } =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** A text as the CLI stores it at a path: parsed as true or false, or as a whole number without leading zeros, where it is one. */
export function coerced(value: ConfigValue): ConfigValue {
  if (value === "true" || value === "false") return value === "true";
  if (typeof value !== "string" || !/^([+-]?\d+)$/.test(value) || /^0./.test(value)) return value;
  const number = BigInt(value.replace(/^\+/, ""));
  return number > max || number < min ? value : number;
}

/** Parses a YAML file. Throws with the file's name where it isn't valid YAML or a number can't be represented. */
export function readYaml(text: string, file: string): ConfigValue {
  const plain: ScalarTag = {
    tag: "tag:yaml.org,2002:plain",
    identify: () => false,
    default: true,
    test: /^[\s\S]*$/,
    resolve: (source) => plainValue(source),
  };
  try {
    return parse(text.replace(/^\uFEFF/, ""), {
      schema: "failsafe",
      merge: true,
      customTags: (tags) => [...tags, plain],
    });
  } catch (error) {
    const [first = ""] = (error as Error).message.split("\n");
    throw new Error(
      `${file}: ${first.startsWith("Source contains multiple documents") ? "it holds several YAML documents: it must be one" : first}`,
    );
  }
}

const keywords = new Map<string, boolean | null>([
  ...["", "~", "null", "Null", "NULL"].map((word) => [word, null] as const),
  ...["true", "True", "TRUE"].map((word) => [word, true] as const),
  ...["false", "False", "FALSE"].map((word) => [word, false] as const),
]);

/** The value of an unquoted text. */
export function plainValue(source: string): string | boolean | bigint | number | null {
  const word = keywords.get(source);
  if (word !== undefined) return word;
  if (/^([+-]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))$/.test(source))
    throw new Error(`${source} is not a number in JSON: put it in quotes`);
  if (!/^[-+.\d]/.test(source)) return source;
  return timeText(source) ?? wholeNumber(source) ?? decimal(source) ?? source;
}

const max = 2n ** 64n - 1n;
const min = -(2n ** 63n);

/** An integer of 64 bits, in base 10, 8 (0777, 0o777), 16 or 2; undefined for a greater one, which is a decimal or a text. */
function wholeNumber(source: string): bigint | undefined {
  const [, sign = "", digits = ""] = /^([-+]?)(\w+)$/.exec(source.replaceAll("_", "")) ?? [];
  const octal = /^0([0-7]+)$/.exec(digits);
  const text = octal ? `0o${octal[1]}` : digits;
  if (!/^(0|[1-9]\d*|0[xX][\da-fA-F]+|0[oO][0-7]+|0[bB][01]+)$/.test(text)) return undefined;
  const value = BigInt(text) * (sign === "-" ? -1n : 1n);
  return value > max || value < min ? undefined : value;
}

function decimal(source: string): number | undefined {
  const text = source.startsWith(".") ? source : source.replaceAll("_", "");
  if (!/^[-+]?(\.\d+|\d+(\.\d*)?)([eE][-+]?\d+)?$/.test(text)) return undefined;
  const value = Number(text);
  if (!Number.isFinite(value)) return undefined;
  // The CLI would round it.
  if (canonical(text) !== canonical(String(value)))
    throw new Error(`${source} can't be represented exactly (it would become ${value}): put it in quotes`);
  return value;
}

/** Sign, significant digits and exponent: the same for all texts of one number. */
function canonical(text: string): string {
  const [, sign = "", whole = "", fraction = "", exponent = "0"] =
    /^([-+]?)(\d*)\.?(\d*)(?:[eE]([-+]?\d+))?$/.exec(text) ?? [];
  const digits = (whole + fraction).replace(/^0+/, "");
  const significant = digits.replace(/0+$/, "");
  if (significant === "") return "0";
  const scale = Number(exponent) - fraction.length + (digits.length - significant.length);
  return `${sign === "-" ? "-" : ""}${significant}e${scale}`;
}

const timestamp =
  /^(\d{4})-(\d{1,2})-(\d{1,2})(?:(?:[Tt](\d{1,2}):(\d{1,2}):(\d{1,2})(\.\d+)?(Z|[-+]\d\d:\d\d))|(?: (\d{1,2}):(\d{1,2}):(\d{1,2})(\.\d+)?))?$/;

/** A date or a time in Go's format, which is what the CLI gives: `2020-01-01 00:00:00 +0000 UTC`. */
function timeText(source: string): string | undefined {
  const found = timestamp.exec(source);
  if (!found) return undefined;
  const [, year = "", month = "", day = "", ...rest] = found;
  const [hour = "0", minute = "0", second = "0", fraction = ""] = rest[0] ? rest : rest.slice(5);
  const zone = rest[4] ?? "Z";
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
  if (date.getUTCMonth() !== Number(month) - 1 || date.getUTCDate() !== Number(day)) return undefined;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  const two = (text: string) => text.padStart(2, "0");
  const offset = zone.replace(":", "");
  const parts = `${fraction.slice(0, 10).replace(/\.?0+$/, "")} ${zone === "Z" ? "+0000 UTC" : `${offset} ${offset}`}`;
  return `${year}-${two(month)}-${two(day)} ${two(hour)}:${two(minute)}:${two(second)}${parts}`;
}

/** The text that a program gets for a value: a text as it is, everything else as JSON. An empty value is "". */
export function configText(value: unknown): string {
  if (value === null) return "";
  return typeof value === "string" ? value : goJson(value);
}

/** JSON as Go writes it: keys sorted, `<`, `>` and `&` escaped. */
function goJson(value: unknown): string {
  if (typeof value === "bigint") return String(value);
  if (Array.isArray(value)) return `[${value.map((item) => goJson(item ?? null)).join(",")}]`;
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value).filter(([, item]) => item !== undefined);
    entries.sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    return `{${entries.map(([name, item]) => `${goJson(name)}:${goJson(item)}`).join(",")}}`;
  }
  return JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
