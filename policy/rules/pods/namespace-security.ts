// Namespaces must enforce Pod Security restricted.
import { objectRule } from "../../kinds/nested.ts";
import { ensureObject, fields } from "../../values.ts";

const label = "pod-security.kubernetes.io/enforce";

export const namespaceSecurity = objectRule({
  name: "namespace-security",
  area: "pods",
  kinds: ["Namespace"],
  severity: "high",
  description: "Namespaces enforce Pod Security restricted.",
  remedy: `Set the namespace's label ${label} to restricted.`,
  check: ({ metadata }, report) => {
    const level = fields(fields(metadata).labels)[label];
    if (level !== "restricted")
      report(`metadata.labels["${label}"]`, level ? `'${level}' allows too much` : "missing", "set restricted");
  },
  fix: (namespace) => {
    if (fields(fields(namespace.metadata).labels)[label] === "restricted") return false;
    const metadata = ensureObject(namespace, "metadata");
    ensureObject(metadata, "labels")[label] = "restricted";
    return true;
  },
});
