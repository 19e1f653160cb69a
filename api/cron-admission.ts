// What the API server checks of a cron expression and of a time zone, in CEL: as much of api/cron.ts as can be said there.
import { CRON_FIELDS, CRON_MACROS, rangeOf } from "./cron-fields.ts";
import type { CelRule } from "./fields.ts";

/** Numbers of each field, as a regular expression. */
const NUMBERS = ["[0-5]?[0-9]", "2[0-3]|[01]?[0-9]", "3[01]|[12][0-9]|0?[1-9]", "1[0-2]|0?[1-9]", "0?[0-6]"];

const macros = Object.keys(CRON_MACROS);
const fields = "self.trim().split(' ').filter(field, field != '')";
const isMacro = "self.trim().startsWith('@')";

/** Rules of a field with a cron expression. */
export const CRON_RULES: CelRule[] = [
  {
    rule: "!self.contains('TZ=')",
    message: "must not name a time zone: set schedule.timeZone instead",
  },
  {
    rule: `self.trim() in ${JSON.stringify(macros)} || (!${isMacro} && ${fields}.size() == ${CRON_FIELDS.length})`,
    message: `must have five fields, ${CRON_FIELDS.map(({ name }) => name).join(", ")}, such as 30 6 * * 1-5, or be one of ${macros.join(", ")}`,
  },
  ...CRON_FIELDS.map((field, i) => {
    const { name, first, words } = field;
    const value = words.length > 0 ? `(${NUMBERS[i]}|(?i:${words.join("|")}))` : `(${NUMBERS[i]})`;
    const part = `([*?]|${value}(-${value})?)(/0*[1-9][0-9]?[0-9]?)?`;
    return {
      rule: `${isMacro} || ${fields}.size() != ${CRON_FIELDS.length} || ${fields}[${i}].matches('^${part}(,${part})*$')`,
      message: `the field ${i + 1}, ${name}, must be *, ${rangeOf(field)}, a range such as ${first + 1}-${first + 3}, a step such as */2, or several of them with commas between`,
    };
  }),
];

/** Rules of a field with a time zone. What the API server doesn't know it calls unknown by name, before this message. */
export const ZONE_RULES: CelRule[] = [
  {
    rule: "self.lowerAscii() != 'local' && timestamp('2026-01-01T00:00:00Z').getHours(self) >= 0",
    message: "must be a time zone of the IANA database, such as Europe/Berlin or UTC",
  },
];

/**
 * A check for an admission policy: what a schema's rule may cost is too little for it. Ranges of words, and mixed ones, are left to the
 * operator.
 */
export const rangesInOrder = (cron: string) => {
  const ends = "part.split('/')[0].split('-')";
  return {
    expression: `${cron}.trim().split(' ').all(field, field.split(',').all(part, !part.matches('^[0-9]+-[0-9]+(/[0-9]+)?$') || int(${ends}[0]) <= int(${ends}[1])))`,
    messageExpression: `"spec.schedule.cron: " + ${cron} + ": a range must not begin after its end"`,
  };
};
