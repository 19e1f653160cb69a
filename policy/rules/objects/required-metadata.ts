// Objects must have the labels and annotations that the configuration asks for.
import { placedRule } from "../../kinds/nested.ts";
import { each } from "../../unknown.ts";
import { fields, isText } from "../../values.ts";

/** One label or annotation that objects must have. */
interface Required {
  /** Kinds of the objects; absent: every kind. */
  kinds?: readonly string[];
  label?: string;
  annotation?: string;
  /** What its whole value must look like, as a regular expression; absent: anything but blank. */
  matches?: string;
}

export const requiredMetadata = placedRule({
  name: "required-metadata",
  area: "objects",
  severity: "low",
  description: "Objects have the labels and annotations that the policy's setting asks for.",
  remedy: "Set the label or annotation, or change the policy's setting.",
  settings: {
    required: {
      type: "array",
      items: {
        type: "object",
        properties: {
          kinds: { type: "array", items: { type: "string" } },
          label: { type: "string" },
          annotation: { type: "string" },
          matches: { type: "string" },
        },
      },
      default: [],
      description:
        "One entry for each label or annotation: `label` or `annotation`, its key; `kinds`, of which objects, all if absent; `matches`, a regular expression for the whole value.",
    },
  },
  appliesTo: (type) => type.startsWith("kubernetes:"),
  check: ({ object, kind, path }, report, { setting }) =>
    each(setting<Required[]>("required"), ({ kinds, label, annotation, matches = ".*\\S.*" }) => {
      if (kinds && !kinds.includes(kind)) return;
      const [list, key] = label === undefined ? ["annotations", annotation] : ["labels", label];
      if (key === undefined) return;
      const value = fields(fields(object.metadata)[list])[key];
      const where = `${path}metadata.${list}["${key}"]`;
      if (!isText(value)) report(where, "missing", `set it to what matches ${matches}`);
      else if (!new RegExp(`^(?:${matches})$`).test(value))
        report(where, `'${value}' does not match ${matches}`, "set it to what matches");
    }),
});
