// The fields of a form, with the labels that a person sees.
import { clean, cut } from "@agentic/api/text.ts";
import type { PageStructure } from "../core/documents.ts";
import { lineOf } from "./rendered.ts";
import { ancestor, attribute, type Document, type Element, walk } from "./tree.ts";

type Field = PageStructure["forms"][number]["fields"][number];

const MAX_FIELDS = 100;
const MAX_TEXT = 500;

const fieldTags = new Set(["input", "select", "textarea"]);

/** Valid values of an input's `type`; any other counts as "text". */
const inputTypes = new Set(
  "button checkbox color date datetime-local email file hidden image month number password radio range reset search submit tel time url week".split(
    " ",
  ),
);

/** The page's label elements, by the id of their field. */
export function labelsOf(document: Document): Map<string, Element> {
  const labels = new Map<string, Element>();
  walk(document, {
    enter: (element) => {
      const id = element.tagName === "label" ? attribute(element, "for") : undefined;
      if (id && !labels.has(id)) labels.set(id, element);
      return true;
    },
  });
  return labels;
}

/** The fields inside a form; hidden ones are left out. */
export function fieldsOf(form: Element, labels: ReadonlyMap<string, Element>): Field[] {
  const fields: Field[] = [];
  walk(form, {
    done: () => fields.length >= MAX_FIELDS,
    enter: (element) => {
      if (!fieldTags.has(element.tagName)) return true;
      const type = typeOf(element);
      if (type !== "hidden")
        fields.push({
          name: cut(clean(attribute(element, "name") ?? ""), MAX_TEXT),
          type,
          required: attribute(element, "required") !== undefined,
          label: labelOf(element, labels),
        });
      return true;
    },
  });
  return fields;
}

/** The field's `type` as scripts see it. */
function typeOf(field: Element): string {
  if (field.tagName === "textarea") return "textarea";
  if (field.tagName === "select") return attribute(field, "multiple") === undefined ? "select-one" : "select-multiple";
  const type = attribute(field, "type")?.toLowerCase() ?? "";
  return inputTypes.has(type) ? type : "text";
}

function labelOf(field: Element, labels: ReadonlyMap<string, Element>): string {
  const ariaLabel = attribute(field, "aria-label");
  if (ariaLabel !== undefined) return cut(clean(ariaLabel), MAX_TEXT);
  const label = labels.get(attribute(field, "id") ?? "") ?? ancestor(field, ({ tagName }) => tagName === "label");
  return label ? lineOf(label, MAX_TEXT) : "";
}
