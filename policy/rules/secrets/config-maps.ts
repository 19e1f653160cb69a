// ConfigMaps must contain no secrets.
import { objectRule } from "../../kinds/nested.ts";
import { holdsSecret } from "../../kinds/secrets.ts";
import { each } from "../../unknown.ts";
import { fields } from "../../values.ts";

/** The fields that hold entries, with how their values are read. */
const decoders: Readonly<Record<string, (value: string) => string>> = {
  data: (value) => value,
  binaryData: (value) => Buffer.from(value, "base64").toString("latin1"),
};

export const configMaps = objectRule({
  name: "secrets-in-config-maps",
  area: "secrets",
  kinds: ["ConfigMap"],
  severity: "critical",
  description: "No ConfigMap holds an entry whose key or value looks like a secret.",
  remedy: "Move the entry to a Secret.",
  check: (map, report) =>
    each(Object.keys(decoders), (field) => {
      const entries = fields(map[field]);
      each(Object.keys(entries), (name) => {
        const value = decoders[field]?.(String(entries[name] ?? "")) ?? "";
        if (holdsSecret(() => name, value))
          report(`${field}["${name}"]`, "it looks like a secret, and many may read a ConfigMap", "keep it in a Secret");
      });
    }),
});
