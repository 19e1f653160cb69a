// The API server itself refuses pods that are not restricted.
import { objectRule } from "../../kinds/objects.ts";

const label = "pod-security.kubernetes.io/enforce";

export const namespaceSecurity = objectRule(
  "pods",
  ["Namespace"],
  {
    name: "namespace-security",
    severity: "high",
    description: "Namespaces enforce Pod Security restricted.",
    remedy: `Set the namespace's label ${label} to restricted.`,
  },
  ({ metadata }, report) => {
    const level = metadata?.labels?.[label];
    if (level !== "restricted")
      report(`metadata.labels["${label}"]`, level ? `'${level}' lets too much through` : "missing", "set restricted");
  },
  (namespace) => {
    if (namespace.metadata?.labels?.[label] === "restricted") return false;
    namespace.metadata = { ...namespace.metadata, labels: { ...namespace.metadata?.labels, [label]: "restricted" } };
    return true;
  },
);
