// Rights are for somebody, not for anybody.
import { bindingRule } from "../../kinds/roles.ts";

const everyone = new Set([
  "system:unauthenticated",
  "system:authenticated",
  "system:anonymous",
  "system:masters",
  "system:serviceaccounts",
]);

export const namedSubjects = bindingRule(
  {
    name: "rbac-named-subjects",
    severity: "critical",
    description: "Bindings are for named subjects: neither for everyone nor for a namespace's default account.",
    remedy: "Name the service account or the group of people that needs the rights.",
  },
  (_, subjects, report) => {
    for (const [i, { kind, name }] of subjects.entries()) {
      if (everyone.has(String(name)) || String(name).startsWith("system:serviceaccounts:"))
        report(`subjects[${i}].name`, `${name} is anybody or everything`, "name the service account that needs it");
      if (kind === "ServiceAccount" && name === "default")
        report(`subjects[${i}].name`, "every pod without an account of its own gets these rights", "make an account");
    }
  },
);
