// Takes out of text what must not leave the step: secrets, keys of services, and what says who or where somebody is.
import { CENSOR, SECRET_FORMS } from "@agentic/api/secret-forms.ts";
import { cut } from "@agentic/api/text.ts";
import { type Settings, secretValues } from "./config.ts";

/** A secret that is shorter stands in many texts by chance. */
const MIN_SECRET = 6;

/** A function that hides the values of the step's secrets; `written` is how a value stands in the text. */
export function hidingSecrets(settings: Settings, written: (value: string) => string = (value) => value) {
  const secrets = secretValues(settings)
    .filter(({ length }) => length >= MIN_SECRET)
    .map(written);
  return (text: string): string => secrets.reduce((rest, secret) => rest.replaceAll(secret, CENSOR), text);
}

/** Forms of what is hidden wherever it comes from. */
const FORMS: readonly RegExp[] = [
  ...SECRET_FORMS,
  /\b[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}\b/g,
  /\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?\b/g,
  // Numbers of cards and telephones: nine digits or more, in groups or not.
  /(?<![\w.])\+?\d(?:[ ()/-]{0,2}\d){8,18}(?![\w.])/g,
];

/** UTF-16 units of a text that are kept, and those behind them that a form may begin before. */
const KEPT = 16_384;
const LONGEST_FORM = 1_024;

/** The beginning of a text without the step's secrets and without what looks like a key, an address, an account or a number of somebody's. */
export function redactor(settings: Settings): (text: string) => string {
  const hide = hidingSecrets(settings);
  return (text) => {
    const beginning = hide(text).slice(0, KEPT + LONGEST_FORM);
    return cut(
      FORMS.reduce((rest, form) => rest.replace(form, CENSOR), beginning),
      KEPT,
      "…",
    );
  };
}
