// ConfigMaps must contain no secrets.
import { objectRule } from "../../kinds/nested.ts";
import { isSecretName, looksSecret } from "../../kinds/secrets.ts";
import { each } from "../../unknown.ts";
import { fields } from "../../values.ts";

export const configMaps = objectRule({
  name: "secrets-in-config-maps",
  area: "secrets",
  kinds: ["ConfigMap"],
  severity: "critical",
  description: "No ConfigMap holds an entry whose key or value looks like a secret.",
  remedy: "Move the entry to a Secret.",
  check: ({ data }, report) => {
    const entries = fields(data);
    each(Object.keys(entries), (name) => {
      const value = entries[name];
      if (isSecretName(name) || looksSecret(String(value)))
        report(`data["${name}"]`, "it looks like a secret, and many may read a ConfigMap", "keep it in a Secret");
    });
  },
});
