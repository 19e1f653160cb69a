// The fields of a cron expression, as Kubernetes' CronJob and Argo's CronWorkflow take them: github.com/robfig/cron, ParseStandard.

interface CronField {
  name: string;
  first: number;
  last: number;
  /** Words for its values, from {@link first} on. */
  words: readonly string[];
}

const MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const WEEKDAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/** In their order. 7 is no Sunday, as it is none there. */
export const CRON_FIELDS: readonly CronField[] = [
  { name: "minute", first: 0, last: 59, words: [] },
  { name: "hour", first: 0, last: 23, words: [] },
  { name: "day of the month", first: 1, last: 31, words: [] },
  { name: "month", first: 1, last: 12, words: MONTHS },
  { name: "day of the week", first: 0, last: 6, words: WEEKDAYS },
];

/** What stands for five fields. */
export const CRON_MACROS: Readonly<Record<string, string>> = {
  "@yearly": "0 0 1 1 *",
  "@annually": "0 0 1 1 *",
  "@monthly": "0 0 1 * *",
  "@weekly": "0 0 * * 0",
  "@daily": "0 0 * * *",
  "@midnight": "0 0 * * *",
  "@hourly": "0 * * * *",
};

/** A field's values for people, such as 1–12 or JAN–DEC. */
export const rangeOf = ({ first, last, words }: CronField): string =>
  `${first}–${last}${words.length > 0 ? ` or ${words[0]}–${words.at(-1)}` : ""}`;

/** A value of a field, or what is wrong with it. */
function fieldValue(text: string, field: CronField): number | string {
  const { name, first, last, words } = field;
  const word = words.indexOf(text.toUpperCase());
  if (word >= 0) return first + word;
  const value = Number(text);
  if (/^[0-9]{1,2}$/.test(text) && value >= first && value <= last) return value;
  return `${name}: '${text}' must be ${rangeOf(field)}`;
}

/** The values of one part, such as `1-5` or every fifteenth; "*" for all of them, which differs from a list of them all for days. */
function partOf(part: string, field: CronField): number[] | "*" | string {
  const [range = "", step, ...tooMany] = part.split("/");
  if (tooMany.length > 0) return `${field.name}: '${part}' has more than one /`;
  if (step !== undefined && !/^0*[1-9][0-9]{0,2}$/.test(step))
    return `${field.name}: '${part}' needs a step of 1 or more`;
  const every = Number(step ?? 1);
  const isAll = range === "*" || range === "?";
  if (isAll && every === 1) return "*";
  const [from = "", to, ...more] = range.split("-");
  if (more.length > 0) return `${field.name}: '${part}' has more than one -`;
  const low = isAll ? field.first : fieldValue(from, field);
  if (typeof low === "string") return low;
  // A step after a single value runs to the end.
  const single = step === undefined ? low : field.last;
  const high = isAll ? field.last : to === undefined ? single : fieldValue(to, field);
  if (typeof high === "string") return high;
  if (low > high) return `${field.name}: '${part}' begins after its end`;
  return Array.from({ length: Math.floor((high - low) / every) + 1 }, (_, i) => low + i * every);
}

/** A field as a list of numbers, or `*`; or what is wrong with it, as an error. */
export function normalField(text: string, field: CronField): { list: string } | { error: string } {
  const values = new Set<number>();
  let isAll = false;
  for (const part of text.split(",")) {
    const found = partOf(part, field);
    if (found === "*") isAll = true;
    else if (typeof found === "string") return { error: found };
    else for (const value of found) values.add(value);
  }
  return { list: isAll ? "*" : [...values].sort((a, b) => a - b).join(",") };
}
