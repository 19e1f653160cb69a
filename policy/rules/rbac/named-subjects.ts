// Bindings must have named subjects, not everyone.
import { bindingRule } from "../../kinds/roles.ts";
import { each } from "../../unknown.ts";

const everyone = new Set([
  "system:unauthenticated",
  "system:authenticated",
  "system:anonymous",
  "system:masters",
  "system:serviceaccounts",
]);

export const namedSubjects = bindingRule({
  name: "rbac-named-subjects",
  severity: "critical",
  description: "Bindings are for named subjects: neither for everyone nor for a namespace's default account.",
  remedy: "Name the service account or the group of people that needs the rights.",
  check: (_, subjects, report) =>
    each(subjects, (subject, i) => {
      const { name } = subject;
      const say = (wrong: string, right: string) => report(`subjects[${i}].name`, wrong, right);
      if (everyone.has(String(name)) || String(name).startsWith("system:serviceaccounts:"))
        say(`${name} is not a single account or group of people`, "name the service account that needs it");
      const isDefault =
        subject.kind === "ServiceAccount"
          ? name === "default"
          : /^system:serviceaccount:[^:]*:default$/.test(String(name));
      if (isDefault)
        say(
          "every pod without an account of its own gets these rights",
          "create an account for the pods that need them",
        );
    }),
});
