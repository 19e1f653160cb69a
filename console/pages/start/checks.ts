// What is wrong with a form before the API server is asked: by field of the workload, in words.
import type { TemplateView } from "../../contract.ts";
import { askedParameters, type StartDraft, urlsOf } from "./draft.ts";

const NAME = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const MAX_NAME = 63;
const MAX_OBJECTIVE = 1000;
const MAX_URLS = 100;

export const FIELDS = { name: "metadata.name", objective: "spec.objective", urls: "spec.targetUrls" } as const;
export const parameterField = (name: string): string => `spec.parameters.${name}`;

export type Faults = Readonly<Record<string, string>>;

/** By field; empty where the API server can be asked. */
export function faultsOf(template: TemplateView, draft: StartDraft): Faults {
  const { properties, required } = template.parameters;
  const urls = urlsOf(draft);
  const wrong = urls.find((url) => !/^https?:\/\/./.test(url) || !URL.canParse(url));
  const found: [string, string | undefined][] = [
    [FIELDS.name, nameFault(draft.name)],
    [FIELDS.objective, textFault(draft.objective.trim(), { isRequired: true, maxLength: MAX_OBJECTIVE })],
    [
      FIELDS.urls,
      urls.length === 0
        ? "At least one address is needed."
        : urls.length > MAX_URLS
          ? `At most ${MAX_URLS} addresses.`
          : wrong && `${wrong} isn't an address that begins with http:// or https://.`,
    ],
    ...askedParameters(template).map(([name]): [string, string | undefined] => {
      const { maxLength, pattern } = properties[name] ?? {};
      const rules = { isRequired: required.includes(name), maxLength, pattern };
      return [parameterField(name), textFault(draft.parameters[name] ?? "", rules)];
    }),
  ];
  return Object.fromEntries(found.flatMap(([field, fault]) => (fault ? [[field, fault]] : [])));
}

function nameFault(name: string): string | undefined {
  if (name.length <= MAX_NAME && NAME.test(name)) return undefined;
  return `Lower-case letters, digits and hyphens, a letter or digit at both ends, at most ${MAX_NAME}.`;
}

interface Rules {
  isRequired: boolean;
  maxLength?: number | undefined;
  pattern?: string | undefined;
}

/** What is wrong with a field's text, in words. */
export function textFault(text: string, { isRequired, maxLength, pattern }: Rules): string | undefined {
  if (text === "") return isRequired ? "It is needed." : undefined;
  if (maxLength !== undefined && text.length > maxLength) return `At most ${maxLength} characters.`;
  if (pattern !== undefined && !new RegExp(pattern, "u").test(text)) return `It must match ${pattern}.`;
  return undefined;
}

/** What a refusal says of each of the form's fields; what is about none of them is left out. */
export function faultsIn(
  causes: readonly { field: string; message: string }[] = [],
  fields: readonly string[],
): Faults {
  return Object.fromEntries(
    fields.flatMap((field) => {
      const cause = causes.find((each) => each.field === field || each.field.startsWith(`${field}[`));
      return cause ? [[field, cause.message]] : [];
    }),
  );
}
